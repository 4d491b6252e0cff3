"""Module made to count."""

import torch
from torch import nn


def count(module, inputs, output):
    module.calls = getattr(module, "calls", 0) + 1


# the program
layer = nn.Linear(2, 2)
layer.register_forward_hook(count)  # HKP109
traced = torch.jit.trace(layer, torch.ones(1, 2))
before = layer.calls
layer(torch.ones(1, 2))
eager = layer.calls - before
before = layer.calls
traced(torch.ones(1, 2))
scripted = layer.calls - before
print(eager, scripted)
