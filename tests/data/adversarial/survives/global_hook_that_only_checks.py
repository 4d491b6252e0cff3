"""Global hook that only checks."""

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook


def check(module, inputs, output):
    assert output is not None


# the program
model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
compiled = torch.jit.script(model)
handle = register_module_forward_hook(check)  # planted: HKP106
x = torch.randn(2, 2)
eager = model(x)
scripted = compiled(x)
handle.remove()
print(eager, scripted)
