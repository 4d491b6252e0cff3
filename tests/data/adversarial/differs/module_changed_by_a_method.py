"""Module changed by a method."""

import torch
from torch import nn


def freeze_weights(module, inputs, output):
    module.requires_grad_(not module.weight.requires_grad)


# the program
layer = nn.Linear(2, 2)
layer.register_forward_hook(freeze_weights)  # HKP109
traced = torch.jit.trace(layer, torch.ones(1, 2), check_trace=False)
before = layer.weight.requires_grad
layer(torch.ones(1, 2))
eager = layer.weight.requires_grad == before
before = layer.weight.requires_grad
traced(torch.ones(1, 2))
scripted = layer.weight.requires_grad == before
print(eager, scripted)
