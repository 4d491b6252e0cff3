"""Registered once only."""

import torch
from torch import nn


def keep(module, inputs, output):
    module.kept = output


def hook_once(module):
    if getattr(module, "_is_hooked", False):
        return module
    module._is_hooked = True
    module.register_forward_hook(keep)  # planted: HKP109
    return module


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = hook_once(hook_once(nn.Linear(2, 2)))

    def forward(self, x):
        self.fc(x)
        return self.fc.kept + 1


# the program
net = Net().eval()
traced = torch.jit.trace(net, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = net(x)
scripted = traced(x)
print(eager, scripted)
