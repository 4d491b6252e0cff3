# breaks: what the part's hook returns gets other names before a Tensor is needed of it
from typing import Tuple

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = nn.Linear(2, 2)
        self.head = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        part = self.part
        first = part(x)
        hidden = first
        return self.head(hidden)


def twice(module, input: Tuple[Tensor], output: Tensor) -> Tuple[Tensor, Tensor]:  # HKP220
    return output, output


net = Net()
net.part.register_forward_hook(twice)
torch.jit.script(net)
