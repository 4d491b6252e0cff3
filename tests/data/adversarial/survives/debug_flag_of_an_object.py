"""Debug flag of an object."""

import torch
from torch import nn


class Monitor:
    def __init__(self, verbose=False):
        self.verbose = verbose
        self.lines = []

    def attach(self, layer):
        layer.register_forward_hook(self.hook)  # planted: HKP109

    def hook(self, module, inputs, output):
        if self.verbose:
            self.lines.append(str(output.shape))


# the program
model = nn.Linear(2, 2).eval()
monitor = Monitor()
monitor.attach(model)
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = model(x), list(monitor.lines)
scripted = traced(x), list(monitor.lines)
print(eager, scripted)
