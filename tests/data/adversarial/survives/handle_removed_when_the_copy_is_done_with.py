"""Handle removed when the copy is done with."""

import torch
from torch import nn


def double(module, input: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output * 2


# the program
model = nn.Linear(2, 2).eval()
handle = model.register_forward_hook(double)
compiled = torch.jit.script(model)
x = torch.randn(2, 2)
scripted = compiled(x)
handle.remove()  # planted: HKP108
eager = model(x) * 2
print(eager, scripted)
