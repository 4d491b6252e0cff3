"""Global hook that counts."""

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook


calls = []


def count(module, inputs, output):
    calls.append(1)


# the program
model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
compiled = torch.jit.script(model)
handle = register_module_forward_hook(count)  # HKP106
x = torch.randn(2, 2)
model(x)
eager = len(calls)
compiled(x)
scripted = len(calls) - eager
handle.remove()
print(eager, scripted)
