# survives: what has no first child is a leaf
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


def watch(model):
    for _, module in model.named_modules():
        if next(module.children(), None) is None:
            module.register_forward_hook(scale)


model = nn.Sequential(Scaled(), nn.Sequential(Scaled()))
watch(model)
torch.jit.script(model)
