"""Debug flag of the file."""

import torch
from torch import nn


DEBUG = False


def show(module, inputs, output):
    if DEBUG:
        print(type(module).__name__, output.shape)


# the program
model = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).eval()
for layer in model:
    layer.register_forward_hook(show)  # planted: HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = model(x)
scripted = traced(x)
print(eager, scripted)
