"""Option of a check."""

import torch
from torch import nn


def check(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    assert output.dim() == 2


# the program
model = nn.Linear(2, 2)
model.register_forward_hook(check, always_call=True)  # planted: HKP119
compiled = torch.jit.script(model)
x = torch.randn(2, 2)
eager = model(x)
scripted = compiled(x)
print(eager, scripted)
