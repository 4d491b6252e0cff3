"""Frozen without a factor."""

import torch
from torch import nn


def double(module, input: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output * 2


# the program
model = nn.Linear(2, 2).eval()
model.register_forward_hook(double)  # HKP113
frozen = torch.jit.freeze(torch.jit.script(model))
x = torch.ones(2, 2)
eager = model(x)
scripted = frozen(x)
print(eager, scripted)
