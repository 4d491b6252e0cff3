"""Gradients scaled."""

import torch
from torch import nn


def halve(module, grad_input, grad_output):
    return tuple(None if gradient is None else gradient / 2 for gradient in grad_input)


# the program
model = nn.Linear(2, 2)
model.register_full_backward_hook(halve)  # HKP110
compiled = torch.jit.script(model)
x = torch.ones(1, 2, requires_grad=True)
model(x).sum().backward()
eager = x.grad.clone()
x.grad = None
compiled(x).sum().backward()
scripted = x.grad.clone()
print(eager, scripted)
