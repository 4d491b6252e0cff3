# breaks: a class with a type parameter is made by way of its subscript
from typing import Generic, TypeVar

import torch
from torch import nn

T = TypeVar("T", bound=nn.Module)


class Wrapper(nn.Module, Generic[T]):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        inner.register_forward_pre_hook(check)

    def forward(self, x):
        return self.inner(x)


def check(m, args):  # HKP204, HKP207
    assert args[0].dim() == 2


torch.jit.script(Wrapper[nn.Linear](nn.Linear(2, 2)))
