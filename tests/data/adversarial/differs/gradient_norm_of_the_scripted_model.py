"""Gradient norm of the scripted model."""

import torch
from torch import nn


norms = []


def note(module, grad_input, grad_output):
    norms.append(grad_output[0].norm())


# the program
model = nn.Linear(2, 2)
model.register_full_backward_hook(note)  # HKP110
compiled = torch.jit.script(model)
x = torch.ones(1, 2, requires_grad=True)
model(x).sum().backward()
eager = len(norms)
norms.clear()
compiled(x).sum().backward()
scripted = len(norms)
print(eager, scripted)
