"""Handle removed while the copy is in use."""

import torch
from torch import nn


def double(module, input: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output * 2


# the program
model = nn.Linear(2, 2).eval()
handle = model.register_forward_hook(double)
compiled = torch.jit.script(model)
handle.remove()  # HKP108
x = torch.ones(2, 2)
eager = model(x)
scripted = compiled(x)
print(eager, scripted)
