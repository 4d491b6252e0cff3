"""Hook on a branch that is not taken."""

import torch
from torch import nn


calls = []


class Net(nn.Module):
    def __init__(self, profile=False):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        if profile:
            self.fc.register_forward_hook(lambda module, inputs, output: calls.append(1))  # planted: HKP109

    def forward(self, x):
        return self.fc(x)


# the program
net = Net().eval()
traced = torch.jit.trace(net, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = net(x), len(calls)
scripted = traced(x), len(calls)
print(eager, scripted)
