"""Hook after scripting for the eager model."""

import torch
from torch import nn


found = {}


def keep(module, inputs, output):
    found["out"] = output


# the program
model = nn.Linear(2, 2).eval()
compiled = torch.jit.script(model)
model.register_forward_hook(keep)  # planted: HKP107
x = torch.randn(2, 2)
scripted = compiled(x)
model(x)
eager = found["out"]
print(eager, scripted)
