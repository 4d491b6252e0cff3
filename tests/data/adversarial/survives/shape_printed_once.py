"""Shape printed once."""

import torch
from torch import nn


shown = set()


def show_once(module, inputs, output):
    if "linear" not in shown:
        shown.add("linear")
        print("shape", tuple(output.shape))


# the program
layer = nn.Linear(2, 2).eval()
layer.register_forward_hook(show_once)  # planted: HKP109
layer(torch.ones(1, 2))
traced = torch.jit.trace(layer, torch.ones(1, 2))
x = torch.randn(1, 2)
eager = layer(x)
scripted = traced(x)
print(eager, scripted)
