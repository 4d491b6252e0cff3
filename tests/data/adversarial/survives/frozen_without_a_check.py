"""Frozen without a check."""

import torch
from torch import nn


def check(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    assert output.size(0) == input[0].size(0)


# the program
model = nn.Linear(2, 2).eval()
model.register_forward_hook(check)
frozen = torch.jit.freeze(torch.jit.script(model))
x = torch.randn(2, 2)
eager = model(x)
scripted = frozen(x)
print(eager, scripted)  # planted: HKP113
