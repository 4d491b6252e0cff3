# survives: what the constructor sets keeps its type
from typing import Tuple

import torch
from torch import Tensor, nn


class Meter:
    def __init__(self):
        self.total = 0.0
        self.count = 0

    def update(self, value: float, n: int = 1):
        self.total += value * n
        self.count += n


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.meter = Meter()

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    module.meter.update(float(output.mean()))
    return output


net = Net()
net.register_forward_hook(scale)
torch.jit.script(net)(torch.ones(1, 2))
