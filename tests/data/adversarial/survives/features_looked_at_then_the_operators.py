"""Features looked at, then the operators that a phone needs."""

import torch
from torch import nn


activations = {}


def keep(module, inputs, output):
    activations["relu"] = output.detach()


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
handle = model[1].register_forward_hook(keep)  # planted: HKP109
eager = model(torch.ones(2, 2))
print(activations["relu"].mean())
traced = torch.jit.trace(model, torch.ones(1, 2))
print(torch.jit.export_opnames(traced))
scripted = traced(torch.ones(2, 2))
