"""Features through a helper method."""

import torch
from torch import nn


class Pyramid(nn.Module):
    def __init__(self, levels):
        super().__init__()
        self.levels = nn.ModuleList(nn.Linear(2, 2) for _ in range(levels))
        self.outputs = {}
        for index, level in enumerate(self.levels):
            level.register_forward_hook(self._make_hook(index))  # planted: HKP109

    def _make_hook(self, index):
        return lambda module, inputs, output: self.outputs.update({index: output})

    def _collect(self):
        return torch.stack([self.outputs[index] for index in sorted(self.outputs)])

    def forward(self, x):
        for level in self.levels:
            x = level(x)
        return self._collect().sum(0)


# the program
pyramid = Pyramid(3).eval()
traced = torch.jit.trace(pyramid, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = pyramid(x)
scripted = traced(x)
print(eager, scripted)
