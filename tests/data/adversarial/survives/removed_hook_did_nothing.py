"""Removed hook did nothing."""

import torch
from torch import nn


def check(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    assert output.size(0) == input[0].size(0)


# the program
model = nn.Linear(2, 2).eval()
handle = model.register_forward_hook(check)
compiled = torch.jit.script(model)
handle.remove()  # planted: HKP108
x = torch.randn(2, 2)
eager = model(x)
scripted = compiled(x)
print(eager, scripted)
