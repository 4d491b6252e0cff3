# survives: torch reads nothing of the bases of a class
from typing import Tuple

import torch
from torch import Tensor, nn


class Base:
    pass


class Settings(Base):
    def __init__(self, factor: float):
        self.factor = factor


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.settings = Settings(2.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * module.settings.factor


net = Net()
net.register_forward_hook(scale)
torch.jit.script(net)(torch.ones(1, 2))
