"""A function is traced."""

import torch
from torch import nn


caught = {}


def catch(module, inputs, output):
    caught["hidden"] = output


# the program
model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2)).eval().requires_grad_(False)
model[1].register_forward_hook(catch)  # planted: HKP109


def hidden_states(batch):
    model(batch)
    return caught["hidden"]


traced = torch.jit.trace(hidden_states, torch.ones(1, 2))
x = torch.randn(3, 2)
eager = hidden_states(x)
scripted = traced(x)
print(eager, scripted)
