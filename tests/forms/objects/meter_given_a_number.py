# breaks: a parameter without annotation takes a Tensor
from typing import Tuple

import torch
from torch import Tensor, nn


class Meter:
    def __init__(self):
        self.total = torch.zeros(1)

    def update(self, value):
        self.total = self.total + value


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.meter = Meter()

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    module.meter.update(output.mean().item())  # HKP302
    return output


net = Net()
net.register_forward_hook(scale)
torch.jit.script(net)(torch.ones(1, 2))
