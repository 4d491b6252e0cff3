"""Logging left out while tracing."""

import torch
from torch import nn


def log(module, inputs, output):
    if torch.jit.is_tracing():
        return
    print("mean", float(output.mean()))


# the program
model = nn.Linear(2, 2).eval()
model.register_forward_hook(log)  # planted: HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = model(x)
scripted = traced(x)
print(eager, scripted)
