# survives: `D(B, C)` takes the method from C, as Python orders classes
# known gap: that `A` might be scripted somewhere is shown where nothing with hooks is scripted
from typing import Tuple

import torch
from torch import Tensor, nn


def bad(m, input: Tuple[Tensor], output: Tensor):
    m.seen.append(output)


class A(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.seen = []

    def install(self):
        self.register_forward_hook(bad)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


class B(A):
    pass


class C(A):
    def install(self):
        print("no hook")


class D(B, C):
    pass


def go():
    net = D()
    net.install()
    return torch.jit.script(net)
