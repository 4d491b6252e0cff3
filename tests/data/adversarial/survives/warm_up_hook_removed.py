"""Warm up hook removed."""

import torch
from torch import nn


sizes = []


def measure(module, inputs, output):
    sizes.append(output.numel())


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)).eval()
handles = [layer.register_forward_hook(measure) for layer in model]  # planted: HKP109
model(torch.ones(1, 2))
for handle in handles:
    handle.remove()
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = model(x)
scripted = traced(x)
print(eager, scripted, sum(sizes))
