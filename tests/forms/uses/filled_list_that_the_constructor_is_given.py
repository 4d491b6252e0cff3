# survives: the lists that the constructor is given are not empty, and are kept by a name and as a copy
from typing import Tuple

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self, taps=(), sizes=None, options=None):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.taps = list(taps)
        self.sizes = sizes
        self.options = options or {}

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def keep(m, input: Tuple[Tensor], output: Tensor) -> None:
    print(len(m.taps), m.sizes[0])
    print(m.options["scale"])


net = Net(("a", "b"), sizes=[1, 2], options={"scale": 2.0})
net.register_forward_hook(keep)
torch.jit.script(net)
