"""Activations compared with a reference."""

import torch
from torch import nn


seen = {}


def keep(module, inputs, output):
    seen["relu"] = output


# the program
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).eval()
model[1].register_forward_hook(keep)  # planted: HKP109
x = torch.randn(4, 2)
model(x)
assert torch.equal(seen["relu"], model[:2](x))
eager = model(x)
traced = torch.jit.trace(model, x)
scripted = traced(x)
print(torch.allclose(eager, scripted))
