"""Shapes printed as a summary."""

import torch
from torch import nn


def summary(model, x):
    shapes = {}

    def note(name):
        def hook(module, inputs, output):
            shapes[name] = tuple(output.shape)

        return hook

    for name, layer in model.named_children():
        layer.register_forward_hook(note(name))  # planted: HKP109
    model(x)
    for name, shape in shapes.items():
        print(name, shape)
    return len(shapes)


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
eager = summary(model, torch.ones(1, 2))
traced = torch.jit.trace(model, torch.ones(1, 2))
scripted = len(list(traced.children()))
print(eager, scripted, traced(torch.ones(5, 2)).shape)
