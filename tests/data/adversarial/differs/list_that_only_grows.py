"""List that only grows."""

import torch
from torch import nn


class Levels(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body
        self.buffer = []
        for child in body.children():
            child.register_forward_hook(self.collect)  # HKP109

    def collect(self, module, inputs, output):
        self.buffer.append(output)

    def forward(self, x):
        self.body(x)
        return len(self.buffer) * torch.ones(1)


# the program
levels = Levels(nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))).eval()
traced = torch.jit.trace(levels, torch.ones(1, 2), check_trace=False)
x = torch.randn(1, 2)
eager = levels(x)
levels(x)
scripted = traced(x)
print(eager, scripted)
