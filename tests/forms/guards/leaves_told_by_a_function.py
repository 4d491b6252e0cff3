# survives: a function tells leaves by their lack of children
from typing import Tuple

import torch
from torch import nn


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = 2.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def scale(module, input: Tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output * module.scale


def is_leaf(module):
    return not any(True for _ in module.children())


def watch(module):
    if is_leaf(module):
        module.register_forward_hook(scale)


model = nn.Sequential(Scaled(), nn.Sequential(Scaled()))
model.apply(watch)
torch.jit.script(model)
