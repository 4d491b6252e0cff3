"""Removed in a finally."""

import torch
from torch import nn


def shapes_of(model, x):
    found = {}
    handles = []

    def note(name):
        def hook(module, inputs, output):
            found[name] = list(output.shape)

        return hook

    try:
        for name, module in model.named_children():
            handles.append(module.register_forward_hook(note(name)))  # planted: HKP109
        model(x)
    finally:
        for handle in handles:
            handle.remove()
    return found


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
print(shapes_of(model, torch.ones(1, 2)))
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = model(x)
scripted = traced(x)
print(eager, scripted)
