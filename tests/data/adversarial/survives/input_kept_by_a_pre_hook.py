"""Input kept by a pre hook."""

import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
        self.shortcut = None
        self.block.register_forward_pre_hook(self.remember)  # planted: HKP109

    def remember(self, module, args):
        (self.shortcut,) = args

    def forward(self, x):
        return self.block(x) + self.shortcut


# the program
residual = Residual().eval()
traced = torch.jit.trace(residual, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = residual(x)
scripted = traced(x)
print(eager, scripted)
