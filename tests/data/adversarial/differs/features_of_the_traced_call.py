"""Features of the traced call."""

import torch
from torch import nn


features = {}


def hook(module, inputs, output):
    features["out"] = output.detach()


# the program
model = nn.Linear(2, 2).eval()
model.register_forward_hook(hook)  # HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(3, 2)
model(x)
eager = features["out"].shape
model(torch.ones(1, 2))
traced(x)
scripted = features["out"].shape
print(eager, scripted)
