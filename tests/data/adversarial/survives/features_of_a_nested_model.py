"""Features of a nested model."""

import torch
from torch import nn


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(2, 2)
        self.body = nn.Linear(2, 2)
        self.early = None
        self.stem.register_forward_hook(self.grab)  # planted: HKP109

    def grab(self, module, inputs, output):
        self.early = output

    def forward(self, x):
        return self.body(self.stem(x))


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = Backbone()
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        late = self.backbone(x)
        return self.head(torch.cat([self.backbone.early, late], dim=-1))


# the program
detector = Detector().eval()
traced = torch.jit.trace(detector, torch.ones(1, 2))
x = torch.randn(3, 2)
eager = detector(x)
scripted = traced(x)
print(eager, scripted)
