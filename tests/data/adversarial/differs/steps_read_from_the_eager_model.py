"""Steps read from the eager model."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.steps = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2


def step(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    module.steps += 1


# the program
model = Net()
model.register_forward_hook(step)
compiled = torch.jit.script(model)
for _ in range(3):
    compiled(torch.ones(1))
scripted = model.steps  # HKP121
eager = compiled.steps
print(f"eager {eager}, scripted {scripted}")
