"""Scale read by another hook."""

import torch
from torch import nn


def measure(module, args):
    module.scale = args[0].abs().max()


def rescale(module, args, output):
    return output / module.scale


# the program
layer = nn.Linear(2, 2).eval()
layer.register_forward_pre_hook(measure)  # planted: HKP109
layer.register_forward_hook(rescale)
traced = torch.jit.trace(layer, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = layer(x)
scripted = traced(x)
print(eager, scripted)
