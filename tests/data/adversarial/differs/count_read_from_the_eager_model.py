"""Count read from the eager model."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.count = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1


def count_calls(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    module.count += 1


# the program
model = Net()
model.register_forward_hook(count_calls)
compiled = torch.jit.script(model)
compiled(torch.ones(1))
scripted = model.count  # HKP121
model(torch.ones(1))
eager = model.count
print(eager, scripted)
