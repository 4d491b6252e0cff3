# survives: the hook does not read what cannot be compiled
from typing import Tuple

import torch
from torch import Tensor, nn


class Settings:
    def __init__(self, **options: float):
        self.factor = options["factor"]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.settings = Settings(factor=2.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * 2


net = Net()
net.register_forward_hook(scale)
torch.jit.script(net)(torch.ones(1, 2))
