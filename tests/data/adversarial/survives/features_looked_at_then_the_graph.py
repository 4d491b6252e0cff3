"""Features looked at, then the graph."""

import torch
from torch import nn


activations = {}


def keep(module, inputs, output):
    activations["relu"] = output.detach()


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
model[1].register_forward_hook(keep)  # planted: HKP109
eager = model(torch.ones(2, 2))
print(activations["relu"].mean())
traced = torch.jit.trace(model, torch.ones(1, 2))
print(traced.graph)
print(traced.code, traced.original_name)
scripted = traced(torch.ones(2, 2))
