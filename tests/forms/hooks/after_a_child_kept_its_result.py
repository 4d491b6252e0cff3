# breaks: the child's hook returns the type that it got, so that the outer hook gets a tuple too
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


def outer(module, input: Tuple[int], output: int):  # HKP206
    return (11,)


def inner(module, input: Tuple[int], output: Tuple[int]):
    return (output[0] + 1,)


model = Outer()
model.register_forward_hook(outer)
model.inner.register_forward_hook(inner)
print(torch.jit.script(model)(3))
