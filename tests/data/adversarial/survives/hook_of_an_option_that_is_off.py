"""Hook of an option that is off."""

import torch
from torch import nn


class Config:
    log_activations = False


lines = []


def keep(module, inputs, output):
    lines.append(output.mean())


def build(config):
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).eval()
    if config.log_activations:
        for layer in model:
            layer.register_forward_hook(keep)  # planted: HKP109
    return model


# the program
model = build(Config())
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.ones(2, 2)
eager = model(x), len(lines)
scripted = traced(x), len(lines)
print(eager, scripted)
