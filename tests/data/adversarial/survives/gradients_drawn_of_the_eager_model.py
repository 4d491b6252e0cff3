"""Gradients drawn of the eager model."""

import torch
from torch import nn


norms = {}


def note(module, grad_input, grad_output):
    norms["fc"] = grad_output[0].norm()


# the program
model = nn.Linear(2, 2)
compiled = torch.jit.script(model)
model.register_full_backward_hook(note)  # planted: HKP107
x = torch.ones(1, 2, requires_grad=True)
y = compiled(x)
model(x).sum().backward()
eager = norms["fc"]
model(x).sum().backward()
scripted = norms["fc"]
print(eager, scripted, y.shape)
