"""Debug flag that is set."""

import torch
from torch import nn


DEBUG = True
lines = []


def show(module, inputs, output):
    if DEBUG:
        lines.append(type(module).__name__)


# the program
model = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).eval()
for layer in model:
    layer.register_forward_hook(show)  # HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
lines.clear()
model(torch.ones(1, 2))
eager = len(lines)
lines.clear()
traced(torch.ones(1, 2))
scripted = len(lines)
print(eager, scripted)
