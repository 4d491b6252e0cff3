"""Scripted copy only saved before the hook."""

import io

import torch
from torch import nn


def double(module, inputs, output):
    return output * 2


# the program
model = nn.Linear(2, 2).eval()
compiled = torch.jit.script(model)
compiled.save("/dev/null")
x = torch.randn(2, 2)
scripted = compiled(x) * 2
model.register_forward_hook(double)  # planted: HKP107
eager = model(x)
print(eager, scripted)
