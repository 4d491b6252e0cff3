# breaks: a member of an IntEnum becomes a plain int
from enum import IntEnum
from typing import Tuple

import torch
from torch import Tensor, nn


class Mode(IntEnum):
    ON = 1


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.mode = Mode.ON

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * module.mode.value  # HKP302


net = Net()
net.register_forward_hook(scale)
torch.jit.script(net)(torch.ones(1, 2))
