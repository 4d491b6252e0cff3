"""Calibrated by the traced model."""

import torch
from torch import nn


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.largest = 0.0

    def forward(self, x):
        return self.fc(x)


def observe(module, inputs, output):
    module.largest = max(module.largest, float(output.detach().abs().max()))


# the program
torch.manual_seed(0)
model = Scaled().eval()
model.register_forward_hook(observe)  # HKP109
traced = torch.jit.trace(model, torch.ones(1, 2), check_trace=False)
x = torch.full((1, 2), 50.0)
traced(x)
scripted = model.largest
model(x)
eager = model.largest
print(eager, scripted)
