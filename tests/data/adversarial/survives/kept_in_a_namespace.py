"""Kept in a namespace."""

from types import SimpleNamespace

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(2, 2)
        self.key = nn.Linear(2, 2)
        self.state = SimpleNamespace(query=None, key=None)
        self.query.register_forward_hook(self.on_query)  # planted: HKP109
        self.key.register_forward_hook(self.on_key)

    def on_query(self, module, inputs, output):
        self.state.query = output

    def on_key(self, module, inputs, output):
        self.state.key = output

    def forward(self, x):
        both = self.query(x) + self.key(x)
        scores = self.state.query @ self.state.key.transpose(0, 1)
        return both, scores


# the program
net = Net().eval()
traced = torch.jit.trace(net, torch.ones(3, 2))
x = torch.randn(3, 2)
eager = net(x)
scripted = traced(x)
print(eager, scripted)
