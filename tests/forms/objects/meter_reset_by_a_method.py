# breaks: `reset` sets what the constructor does not
from typing import Tuple

import torch
from torch import Tensor, nn


class Meter:
    def __init__(self):
        self.reset()

    def reset(self):
        self.total = 0.0


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.meter = Meter()

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * module.meter.total  # HKP302


net = Net()
net.register_forward_hook(scale)
torch.jit.script(net)(torch.ones(1, 2))
