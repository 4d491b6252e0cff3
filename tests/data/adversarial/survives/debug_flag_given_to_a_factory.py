"""Debug flag given to a factory."""

import torch
from torch import nn


def shape_printer(name, enabled=False):
    def hook(module, inputs, output):
        if not enabled:
            return
        print(name, tuple(output.shape))

    return hook


# the program
model = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).eval()
for name, layer in model.named_children():
    layer.register_forward_hook(shape_printer(name))  # planted: HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = model(x)
scripted = traced(x)
print(eager, scripted)
