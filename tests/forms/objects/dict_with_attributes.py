# breaks: a dict has no attributes to compiled code
from typing import Tuple

import torch
from torch import Tensor, nn


class Settings(dict):
    __getattr__ = dict.get


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.settings = Settings(factor=2.0)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * module.settings.factor  # HKP302


net = Net()
net.register_forward_hook(scale)
torch.jit.script(net)(torch.ones(1, 2))
