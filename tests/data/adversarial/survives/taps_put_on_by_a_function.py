"""Taps put on by a function."""

import torch
from torch import nn


def add_taps(model, names, into):
    def tap(name):
        def hook(module, inputs, output):
            into[name] = output

        return hook

    for name, module in model.named_modules():
        if name in names:
            module.register_forward_hook(tap(name))  # planted: HKP109


class WithTaps(nn.Module):
    def __init__(self, model, names):
        super().__init__()
        self.model = model
        self.collected = {}
        add_taps(model, names, self.collected)

    def forward(self, x):
        y = self.model(x)
        return {"out": y, **self.collected}


# the program
wrapped = WithTaps(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)), {"0"}).eval()
traced = torch.jit.trace(wrapped, torch.ones(1, 2), strict=False)
x = torch.randn(2, 2)
eager = wrapped(x)
scripted = traced(x)
print(eager, scripted)
