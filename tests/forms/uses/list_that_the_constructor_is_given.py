# breaks: the list that the constructor is given, or has by default, is empty, and an empty one has no type
from typing import Tuple

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self, taps=(), log=[]):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.taps = list(taps)
        self.log = log

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def keep(m, input: Tuple[Tensor], output: Tensor) -> None:
    print(len(m.taps))  # HKP302
    m.log.append(output)  # HKP302


net = Net()
net.register_forward_hook(keep)
torch.jit.script(net)
