# survives: what has an empty table of parts is a leaf
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


def watch(module):
    if len(module._modules) > 0:
        for _, part in module.named_children():
            watch(part)
    else:
        module.register_forward_hook(scale)


model = nn.Sequential(Scaled(), nn.Sequential(Scaled()))
watch(model)
torch.jit.script(model)
