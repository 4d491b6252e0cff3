# survives: a function that calls itself takes the hooks off, in a factory and in a constructor
from collections import OrderedDict
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
    print(module.cache)


def clear(module):
    module._forward_hooks.clear()
    for child in module.children():
        clear(child)


def replace(module):
    module._forward_hooks = OrderedDict()
    for child in module.children():
        replace(child)


def make():
    net = nn.Sequential(Net())
    net[0].register_forward_hook(show)
    clear(net)
    return net


class Owner:
    def __init__(self):
        self.net = nn.Sequential(Net())
        self.net[0].register_forward_hook(show)
        replace(self.net)


torch.jit.script(make())
owner = Owner()
torch.jit.script(owner.net)
