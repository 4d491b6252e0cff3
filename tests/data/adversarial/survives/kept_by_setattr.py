"""Kept by setattr."""

import torch
from torch import nn


def tap(name):
    def hook(module, inputs, output):
        setattr(module, "activations", output)

    return hook


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 2)
        self.b = nn.Linear(2, 2)
        for name in ("a", "b"):
            getattr(self, name).register_forward_hook(tap(name))  # planted: HKP109

    def forward(self, x):
        y = self.b(self.a(x))
        return y - self.a.activations * self.b.activations


# the program
net = Net().eval()
traced = torch.jit.trace(net, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = net(x)
scripted = traced(x)
print(eager, scripted)
