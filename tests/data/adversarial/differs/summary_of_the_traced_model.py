"""Summary of the traced model."""

import torch
from torch import nn


shapes = {}


def note(name):
    def hook(module, inputs, output):
        shapes[name] = tuple(output.shape)

    return hook


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
for name, layer in model.named_children():
    layer.register_forward_hook(note(name))  # HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
model(torch.ones(5, 2))
eager = dict(shapes)
shapes.clear()
traced(torch.ones(5, 2))
scripted = dict(shapes)
print(eager, scripted)
