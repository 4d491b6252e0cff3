"""List made anew by forward."""

import torch
from torch import nn


class Taps(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(2, 2)
        self.two = nn.Linear(2, 2)
        self.seen = []
        for layer in (self.one, self.two):
            layer.register_forward_hook(self.tap)  # planted: HKP109

    def tap(self, module, inputs, output):
        self.seen.append(output)

    def forward(self, x):
        self.seen = []
        self.two(self.one(x))
        return torch.cat(self.seen, 1)


# the program
taps = Taps().eval()
traced = torch.jit.trace(taps, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = taps(x)
scripted = traced(x)
print(eager, scripted)
