"""Hook after scripting that doubles."""

import torch
from torch import nn


def double(module, inputs, output):
    return output * 2


# the program
model = nn.Linear(2, 2).eval()
compiled = torch.jit.script(model)
model.register_forward_hook(double)  # HKP107
x = torch.ones(2, 2)
eager = model(x)
scripted = compiled(x)
print(eager, scripted)
