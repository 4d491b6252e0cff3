"""Check forced on a scripted child."""

import torch
from torch import nn


def check(module, inputs, output):
    assert isinstance(output, torch.Tensor)


# the program
model = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).eval()
compiled = torch.jit.script(model)
nn.Module.register_forward_hook(compiled[0], check)  # planted: HKP105
x = torch.randn(2, 2)
eager = model(x)
scripted = compiled(x)
print(eager, scripted)
