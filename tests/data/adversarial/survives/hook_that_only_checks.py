"""Hook that only checks."""

import torch
from torch import nn


def check_range(module, inputs, output):
    low, high = output.min(), output.max()
    assert low <= high, "nothing is larger than itself"


# the program
layer = nn.Linear(2, 2).eval()
layer.register_forward_hook(check_range)  # planted: HKP109
traced = torch.jit.trace(layer, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = layer(x)
scripted = traced(x)
print(eager, scripted)
