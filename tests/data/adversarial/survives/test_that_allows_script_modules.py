"""Test that allows script modules."""

import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return x + 1


names = []


def note(module, inputs, output):
    if isinstance(module, (Net, torch.jit.ScriptModule)):  # planted: HKP409
        names.append("net")


# the program
net = Net()
net.register_forward_hook(note)
net(torch.ones(1))
eager = names.pop()
traced = torch.jit.trace(Net(), torch.ones(1))
traced.register_forward_hook(note)
traced(torch.ones(1))
scripted = names.pop()
print(eager, scripted)
