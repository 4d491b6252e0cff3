"""Calibrated before the export."""

import torch
from torch import nn


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.register_buffer("largest", torch.zeros(1))

    def forward(self, x):
        return self.fc(x) / self.largest.clamp(min=1.0)


def observe(module, inputs, output):
    module.largest.copy_(torch.maximum(module.largest, output.detach().abs().max()))


# the program
torch.manual_seed(0)
model = Scaled().eval()
handle = model.register_forward_hook(observe)  # planted: HKP109
for _ in range(3):
    model(torch.randn(4, 2))
handle.remove()
x = torch.randn(4, 2)
eager = model(x)
traced = torch.jit.trace(model, x)
scripted = traced(x)
print(eager, scripted)
