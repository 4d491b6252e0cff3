"""Mask made once."""

import torch
from torch import nn


class Masked:
    def __init__(self, size):
        self.size = size
        self.mask = None

    def __call__(self, module, inputs, output):
        if self.mask is None:
            self.mask = torch.ones(self.size).tril()
        return output * self.mask


# the program
layer = nn.Linear(3, 3).eval()
layer.register_forward_hook(Masked((3, 3)))  # planted: HKP109
layer(torch.ones(3, 3))
traced = torch.jit.trace(layer, torch.ones(3, 3))
x = torch.randn(3, 3)
eager = layer(x)
scripted = traced(x)
print(eager, scripted)
