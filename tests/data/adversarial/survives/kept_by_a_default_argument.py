"""Kept by a default argument."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.store = {}

        def hook(module, inputs, output, store=self.store):
            store["out"] = output

        self.layer.register_forward_hook(hook)  # planted: HKP109

    def forward(self, x):
        self.layer(x)
        return self.store["out"]


# the program
net = Net().eval()
traced = torch.jit.trace(net, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = net(x)
scripted = traced(x)
print(eager, scripted)
