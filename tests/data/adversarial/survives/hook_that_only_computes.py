"""Hook that only computes."""

import torch
from torch import nn


def compute(module, inputs, output):
    stats = {}
    stats["mean"] = output.mean()
    values = [stats["mean"]]
    values.append(output.std())
    return None


# the program
layer = nn.Linear(2, 2).eval()
layer.register_forward_hook(compute)  # planted: HKP109
traced = torch.jit.trace(layer, torch.ones(2, 2))
x = torch.randn(2, 2)
eager = layer(x)
scripted = traced(x)
print(eager, scripted)
