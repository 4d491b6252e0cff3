# breaks: the implementation for a container goes on to its parts
import functools

import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


@functools.singledispatch
def attach(module):
    return None


@attach.register
def _(module: nn.Linear):
    module.register_forward_hook(show)


@attach.register(nn.Sequential)
def _(module):
    for part in module:
        attach(part)


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
attach(net)
torch.jit.script(net)
