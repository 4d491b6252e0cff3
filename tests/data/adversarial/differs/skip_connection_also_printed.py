"""Skip connection also printed."""

import torch
from torch import nn


class Tap:
    def __init__(self, layer):
        self.kept = None
        self.handle = layer.register_forward_hook(self.keep)  # HKP109

    def keep(self, module, inputs, output):
        self.kept = output


class Unet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Linear(2, 3)
        self.middle = nn.Linear(3, 3)
        self.up = nn.Linear(6, 2)
        self.tap = Tap(self.down)

    def forward(self, x):
        y = torch.tanh(self.middle(self.down(x)))
        return self.up(torch.cat([y, self.tap.kept], 1))


# the program
model = Unet().eval()
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(4, 2)
model(x)
eager = tuple(model.tap.kept.shape)
model(torch.ones(1, 2))
traced(x)
scripted = tuple(model.tap.kept.shape)
print(eager, scripted)
