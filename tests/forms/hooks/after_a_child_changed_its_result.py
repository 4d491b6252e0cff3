# survives: a child's hook changes what the child returns, so that the outer hook gets another type
from typing import Tuple

import torch
from torch import nn


class Inner(nn.Module):
    def forward(self, x: int):
        return (1,)


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def forward(self, x: int):
        return self.inner(x)


def outer(module, input: Tuple[int], output: int):
    return (11,)


def inner(module, input: Tuple[int], output: Tuple[int]):
    return 22


model = Outer()
model.register_forward_hook(outer)
model.inner.register_forward_hook(inner)
print(torch.jit.script(model)(3))
