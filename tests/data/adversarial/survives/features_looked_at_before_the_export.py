"""Features looked at before the export."""

import torch
from torch import nn


activations = {}


def save_activation(name):
    def hook(module, inputs, output):
        activations[name] = output.detach()

    return hook


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
model[0].register_forward_hook(save_activation("0"))  # planted: HKP109
x = torch.randn(2, 2)
eager = model(x)
print(activations["0"].shape)
traced = torch.jit.trace(model, torch.ones(1, 2))
scripted = traced(x)
print(eager, scripted)
