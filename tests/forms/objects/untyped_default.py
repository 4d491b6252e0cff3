# breaks: a class does not compile where a default without annotation is no Tensor
from typing import Tuple

import torch
from torch import Tensor, nn


class Settings:
    def __init__(self, factor=2.0):
        self.factor = factor


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.settings = Settings()

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * module.settings.factor  # HKP302


net = Net()
net.register_forward_hook(scale)
torch.jit.script(net)(torch.ones(1, 2))
