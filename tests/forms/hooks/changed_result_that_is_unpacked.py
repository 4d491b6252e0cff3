# survives: the model takes apart what the part's hook returns, and uses the name for something else
from typing import Tuple

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = nn.Linear(2, 2)
        self.head = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        first, second = self.part(x)
        hidden = first + second
        return self.head(hidden)


def twice(module, input: Tuple[Tensor], output: Tensor) -> Tuple[Tensor, Tensor]:
    return output, output


net = Net()
net.part.register_forward_hook(twice)
torch.jit.script(net)
