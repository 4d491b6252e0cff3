# breaks: nobody gives options, and an empty dict has no TorchScript type
from typing import Tuple

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self, options=None, cache=None):
        super().__init__()
        self.options = options or {}
        self.cache = cache
        self.fc = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def scaled(m, input: Tuple[Tensor], output: Tensor) -> Tensor:
    m.cache = output  # HKP304
    if "scale" in m.options:  # HKP302
        return output * 2.0
    return output


net = Net()
net.register_forward_hook(scaled)
torch.jit.script(net)
