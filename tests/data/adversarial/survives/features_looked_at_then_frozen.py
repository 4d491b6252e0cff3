"""Features looked at, then frozen."""

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
traced = torch.jit.freeze(torch.jit.trace(model, torch.ones(1, 2)))
scripted = traced(torch.ones(2, 2))
