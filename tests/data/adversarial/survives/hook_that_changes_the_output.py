"""Hook that changes the output."""

import torch
from torch import nn


def clamp(module, inputs, output):
    return output.clamp(0, 1)


def shift(module, inputs, output):
    output.add_(1)


# the program
layer = nn.Linear(2, 2).eval()
layer.register_forward_hook(clamp)
layer.register_forward_hook(shift)  # planted: HKP109
traced = torch.jit.trace(layer, torch.ones(1, 2))
x = torch.randn(2, 2)
with torch.no_grad():
    eager = layer(x)
    scripted = traced(x)
print(eager, scripted)
