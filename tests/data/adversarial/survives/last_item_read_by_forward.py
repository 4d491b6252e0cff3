"""Last item read by forward."""

import torch
from torch import nn


class Last(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.history = []
        self.layer.register_forward_hook(self.note)  # planted: HKP109

    def note(self, module, inputs, output):
        self.history.append(output)

    def forward(self, x):
        return self.layer(x) * 2 + self.history[-1]


# the program
last = Last().eval()
traced = torch.jit.trace(last, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = last(x)
scripted = traced(x)
print(eager, scripted)
