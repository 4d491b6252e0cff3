# survives: a part of a part has hooked itself, and the types around it follow
from typing import Tuple

import torch
from torch import Tensor, nn


def split(module, input: Tuple[Tensor], output: Tensor):
    return output, output


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.register_forward_hook(split)

    def forward(self, x):
        return self.fc(x)


class Middle(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def forward(self, x):
        return self.inner(x)


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.middle = Middle()

    def forward(self, x):
        y = self.middle(x)
        return y


def first(module, input: Tuple[Tensor], output: Tuple[Tensor, Tensor]):
    return output[0]


model = Outer()
model.register_forward_hook(first)
print(torch.jit.script(model)(torch.zeros(1, 2)))
