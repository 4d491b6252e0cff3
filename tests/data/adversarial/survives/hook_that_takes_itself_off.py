"""Hook that takes itself off."""

import torch
from torch import nn


class FirstCall:
    def __init__(self, layer):
        self.shape = None
        self.handle = layer.register_forward_hook(self.once)  # planted: HKP109

    def once(self, module, inputs, output):
        self.shape = tuple(output.shape[1:])
        self.handle.remove()


# the program
layer = nn.Linear(2, 5).eval()
first = FirstCall(layer)
layer(torch.ones(1, 2))
traced = torch.jit.trace(layer, torch.ones(1, 2))
x = torch.randn(4, 2)
scripted = traced(x), first.shape
eager = layer(x), first.shape
print(eager, scripted)
