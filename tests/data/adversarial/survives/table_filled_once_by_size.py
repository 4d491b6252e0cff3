"""Table filled once by size."""

import torch
from torch import nn


tables = {}


def add_positions(module, inputs, output):
    size = output.shape[-1]
    if size not in tables:
        tables[size] = torch.arange(size) / size
    return output + tables[size]


# the program
layer = nn.Linear(2, 3).eval()
layer.register_forward_hook(add_positions)  # planted: HKP109
traced = torch.jit.trace(layer, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = layer(x)
scripted = traced(x)
print(eager, scripted, len(tables))
