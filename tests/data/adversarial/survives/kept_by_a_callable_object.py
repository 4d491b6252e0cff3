"""Kept by a callable object."""

import torch
from torch import nn


class Recorder:
    def __init__(self):
        self.value = None

    def __call__(self, module, inputs, output):
        self.value = output


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.recorder = Recorder()
        self.fc.register_forward_hook(self.recorder)  # planted: HKP109

    def forward(self, x):
        return torch.sigmoid(self.fc(x)), self.recorder.value


# the program
net = Net().eval()
traced = torch.jit.trace(net, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = net(x)
scripted = traced(x)
print(eager, scripted)
