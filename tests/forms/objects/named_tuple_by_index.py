# survives: a named tuple becomes a plain one
from typing import NamedTuple
from typing import Tuple

import torch
from torch import Tensor, nn


class Settings(NamedTuple):
    factor: float = 2.0


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.settings = Settings()

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * module.settings[0]


net = Net()
net.register_forward_hook(scale)
torch.jit.script(net)(torch.ones(1, 2))
