"""Eager model goes on after the export."""

import io

import torch
from torch import nn


activations = {}


def save_activation(module, inputs, output):
    activations["layer"] = output.detach()


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
model[0].register_forward_hook(save_activation)  # planted: HKP109
torch.jit.save(torch.jit.trace(model, torch.ones(1, 2)), io.BytesIO())
x = torch.randn(2, 2)
scripted = model[0](x)
model(x)
eager = activations["layer"]
print(eager, scripted)
