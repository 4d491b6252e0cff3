"""List cleared by forward."""

import torch
from torch import nn


class Levels(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body
        self.buffer = []
        for child in body.children():
            child.register_forward_hook(self.collect)  # planted: HKP109

    def collect(self, module, inputs, output):
        self.buffer.append(output)

    def forward(self, x):
        self.buffer.clear()
        out = self.body(x)
        return out, *self.buffer


# the program
levels = Levels(nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))).eval()
traced = torch.jit.trace(levels, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = levels(x)
scripted = traced(x)
print(eager, scripted)
