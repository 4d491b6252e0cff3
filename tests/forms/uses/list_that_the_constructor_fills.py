# survives: the list is empty where it is given, and filled by the time the model is scripted
from typing import Tuple

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self, taps=None, names=[]):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        taps = taps or []
        self.taps = taps
        taps.append("fc")
        self.names = names
        names.append("fc")

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def keep(m, input: Tuple[Tensor], output: Tensor) -> None:
    print(len(m.taps), len(m.names))


net = Net()
net.register_forward_hook(keep)
torch.jit.script(net)
