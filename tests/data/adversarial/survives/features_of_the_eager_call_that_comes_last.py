"""Features of the eager call that comes last."""

import torch
from torch import nn


features = {}


def hook(module, inputs, output):
    features["out"] = output.detach()


# the program
model = nn.Linear(2, 2).eval()
model.register_forward_hook(hook)  # planted: HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(2, 2)
scripted = traced(x).detach()
model(x)
eager = features["out"]
print(eager, scripted)
