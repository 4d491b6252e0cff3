"""Features through a property."""

import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 2)
        self.second = nn.Linear(2, 2)
        self._skips = {}
        self.first.register_forward_hook(self._save_skip)  # planted: HKP109

    def _save_skip(self, module, inputs, output):
        self._skips["first"] = output

    @property
    def skip(self):
        return self._skips.get("first")

    def forward(self, x):
        y = self.second(self.first(x))
        return y + self.skip


# the program
encoder = Encoder().eval()
traced = torch.jit.trace(encoder, torch.ones(1, 2))
x = torch.randn(5, 2)
eager = encoder(x)
scripted = traced(x)
print(eager, scripted)
