# breaks: the hook is put on after a function that calls itself took all others off
from typing import Tuple

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.cache = {}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def show(module, input: Tuple[torch.Tensor], output: torch.Tensor):
    print(module.cache)  # HKP302


def clear(module):
    module._forward_hooks.clear()
    for child in module.children():
        clear(child)


def make():
    net = nn.Sequential(Net())
    clear(net)
    net[0].register_forward_hook(show)
    return net


torch.jit.script(make())
