"""Gradients only checked."""

import torch
from torch import nn


def check_gradients(module, grad_input, grad_output):
    for gradient in grad_output:
        assert gradient is None or bool(torch.isfinite(gradient).all())


# the program
model = nn.Linear(2, 2)
model.register_full_backward_hook(check_gradients)  # planted: HKP110
compiled = torch.jit.script(model)
x = torch.ones(1, 2)
model(x).sum().backward()
eager = model.weight.grad.clone()
model.zero_grad()
compiled(x).sum().backward()
scripted = model.weight.grad.clone()
print(eager, scripted)
