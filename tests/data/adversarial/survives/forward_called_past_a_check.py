"""Forward called past a check."""

import torch
from torch import nn


def check(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    assert output.dim() == 2


# the program
model = nn.Linear(2, 2).eval()
model.register_forward_hook(check)
compiled = torch.jit.script(model)
x = torch.randn(2, 2)
eager = model(x)
scripted = compiled.forward(x)  # planted: HKP114
print(eager, scripted)
