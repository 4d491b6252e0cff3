"""Verbose object."""

import torch
from torch import nn


class Monitor:
    def __init__(self, verbose=False):
        self.verbose = verbose
        self.lines = []

    def attach(self, layer):
        layer.register_forward_hook(self.hook)  # HKP109

    def hook(self, module, inputs, output):
        if self.verbose:
            self.lines.append(str(output.shape))


# the program
model = nn.Linear(2, 2).eval()
monitor = Monitor(verbose=True)
monitor.attach(model)
traced = torch.jit.trace(model, torch.ones(1, 2))
monitor.lines.clear()
model(torch.ones(1, 2))
eager = len(monitor.lines)
monitor.lines.clear()
traced(torch.ones(1, 2))
scripted = len(monitor.lines)
print(eager, scripted)
