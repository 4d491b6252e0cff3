"""Kept on the hooked module."""

import torch
from torch import nn


def keep_on_module(module, inputs, output):
    module.last_output = output


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Linear(2, 3)
        self.decode = nn.Linear(3, 2)
        self.encode.register_forward_hook(keep_on_module)  # planted: HKP109

    def forward(self, x):
        decoded = self.decode(self.encode(x))
        return decoded, self.encode.last_output


# the program
net = Net().eval()
traced = torch.jit.trace(net, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = net(x)
scripted = traced(x)
print(eager, scripted)
