"""Removed too late."""

import torch
from torch import nn


sizes = []


def measure(module, inputs, output):
    sizes.append(output.numel())


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)).eval()
handles = [layer.register_forward_hook(measure) for layer in model]  # HKP109
model(torch.ones(1, 2))
eager = len(sizes)
traced = torch.jit.trace(model, torch.ones(1, 2))
sizes.clear()
traced(torch.ones(1, 2))
scripted = len(sizes)
for handle in handles:
    handle.remove()
print(eager, scripted)
