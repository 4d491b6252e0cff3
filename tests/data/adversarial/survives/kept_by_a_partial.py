"""Kept by a partial."""

from functools import partial

import torch
from torch import nn


def save_to(store, key, module, inputs, output):
    store[key] = output


class Multi(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        self.outs = {}
        for key, layer in self.trunk.named_children():
            layer.register_forward_hook(partial(save_to, self.outs, key))  # planted: HKP109

    def forward(self, x):
        self.trunk(x)
        return self.outs["0"] + self.outs["1"]


# the program
multi = Multi().eval()
traced = torch.jit.trace(multi, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = multi(x)
scripted = traced(x)
print(eager, scripted)
