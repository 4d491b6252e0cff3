"""Isinstance that decides."""

import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return x + 1


def double(module, inputs, output):
    scale = 2
    if isinstance(module, Net):  # HKP409
        scale = 3
    return output * scale


# the program
x = torch.ones(1)
net = Net()
net.register_forward_hook(double)
eager = net(x)
traced = torch.jit.trace(Net(), torch.ones(1))
traced.register_forward_hook(double)
scripted = traced(x)
print(eager, scripted)
