# survives: the child's own hook makes a Tensor of the pair that its forward returns
from typing import Tuple

import torch
from torch import Tensor, nn


class Pair(nn.Module):
    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        return x, x


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pair = Pair()

    def forward(self, x: Tensor) -> Tensor:
        return self.pair(x)


def first(module, input: Tuple[Tensor], output: Tuple[Tensor, Tensor]) -> Tensor:
    return output[0]


def again(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return module.pair(output)


model = Net()
model.pair.register_forward_hook(first)
model.register_forward_hook(again)
print(torch.jit.script(model)(torch.zeros(2)))
