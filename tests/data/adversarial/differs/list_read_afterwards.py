"""List read afterwards."""

import torch
from torch import nn


seen = []


def note(module, inputs, output):
    seen.append(output.shape)


# the program
model = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).eval()
for layer in model:
    layer.register_forward_hook(note)  # HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
seen.clear()
model(torch.ones(1, 2))
eager = len(seen)
seen.clear()
traced(torch.ones(1, 2))
scripted = len(seen)
print(eager, scripted)
