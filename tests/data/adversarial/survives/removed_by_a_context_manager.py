"""Removed by a context manager."""

from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def watched(layer, seen):
    handle = layer.register_forward_hook(lambda module, inputs, output: seen.append(output.shape))  # planted: HKP109
    try:
        yield seen
    finally:
        handle.remove()


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
with watched(model[0], []) as seen:
    model(torch.ones(1, 2))
print(seen)
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = model(x), len(seen)
scripted = traced(x), len(seen)
print(eager, scripted)
