"""Hook after scripting that only checks."""

import torch
from torch import nn


def check(module, inputs, output):
    assert output.dim() == 2


# the program
model = nn.Linear(2, 2).eval()
compiled = torch.jit.script(model)
model.register_forward_hook(check)  # planted: HKP107
x = torch.randn(2, 2)
eager = model(x)
scripted = compiled(x)
print(eager, scripted)
