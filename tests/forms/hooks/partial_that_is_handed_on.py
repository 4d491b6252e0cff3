# survives: a function that was given something by name is handed to code that nobody knows
import functools

import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return x + 1


def hook(module, inputs, output):
    show = functools.partial(print, sep=", ", end="")
    for call in sorted([show], key=id):
        vars(torch).get("no such name", call)(type(output), show)


net = torch.jit.script(Net())
nn.modules.module.register_module_forward_hook(hook)
net(torch.ones(1))
