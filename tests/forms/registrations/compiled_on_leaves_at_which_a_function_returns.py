# breaks: a function that calls itself returns where it has put the hook on a leaf
from typing import Tuple

import torch
from torch import nn


class Leaf(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def remember(module, input: Tuple[torch.Tensor], output: torch.Tensor):
    module.seen.append(output)  # HKP302


def watch(module):
    parts = list(module.children())
    if not parts:
        module.register_forward_hook(remember)
        return
    for part in parts:
        watch(part)


model = nn.Sequential(Leaf(), nn.Sequential(Leaf()))
watch(model)
torch.jit.script(model)
