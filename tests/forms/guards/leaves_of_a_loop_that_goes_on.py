# survives: a loop goes on at what has children
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
    for module in model.modules():
        if len([*module.children()]):
            continue
        module.register_forward_hook(scale)


model = nn.Sequential(Scaled(), nn.Sequential(Scaled()))
watch(model)
torch.jit.script(model)
