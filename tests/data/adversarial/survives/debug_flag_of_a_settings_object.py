"""Debug flag of a settings object."""

from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Settings:
    width: int = 2
    verbose: bool = False


class Net(nn.Module):
    def __init__(self, settings):
        super().__init__()
        self.settings = settings
        self.fc = nn.Linear(settings.width, settings.width)
        self.fc.register_forward_hook(self.report)  # planted: HKP109

    def report(self, module, inputs, output):
        if self.settings.verbose:
            print("fc gave", output.shape)

    def forward(self, x):
        return torch.relu(self.fc(x))


# the program
net = Net(Settings()).eval()
traced = torch.jit.trace(net, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = net(x)
scripted = traced(x)
print(eager, scripted)
