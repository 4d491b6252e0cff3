# breaks: the model adds a number to what the hook made a tuple
import torch
from torch import nn, Tensor
from typing import Tuple


def both(m, i: Tuple[Tensor], o: Tensor) -> Tuple[Tensor, Tensor]:  # HKP220
    return o, o


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()
        self.inner.register_forward_hook(both)

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x) + 1


torch.jit.script(Outer())
