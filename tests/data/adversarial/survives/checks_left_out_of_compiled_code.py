"""Checks left out of compiled code."""

import torch
from torch import nn


def check(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    if not torch.jit.is_scripting():
        assert bool(torch.isfinite(output).all())


# the program
model = nn.Linear(2, 2)
model.register_forward_hook(check)
compiled = torch.jit.script(model)  # planted: HKP215
x = torch.randn(2, 2)
eager = model(x)
scripted = compiled(x)
print(eager, scripted)
