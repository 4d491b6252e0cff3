"""Hook after scripting that counts."""

import torch
from torch import nn


calls = []


def count(module, inputs, output):
    calls.append(1)


# the program
model = nn.Linear(2, 2).eval()
compiled = torch.jit.script(model)
model.register_forward_hook(count)  # HKP107
x = torch.ones(2, 2)
model(x)
eager = len(calls)
compiled(x)
scripted = len(calls) - eager
print(eager, scripted)
