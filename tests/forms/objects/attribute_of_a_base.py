# breaks: compiled code has only what the own `__init__` of a class sets
from typing import Tuple

import torch
from torch import Tensor, nn


class Base:
    def __init__(self, factor: float):
        self.factor = factor


class Settings(Base):
    pass


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.settings = Settings(2.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * module.settings.factor  # HKP302


net = Net()
net.register_forward_hook(scale)
torch.jit.script(net)(torch.ones(1, 2))
