"""Traced copy only saved whose hook prints."""

import torch
from torch import nn


def tell(module, inputs, output):
    print("called")


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
model[0].register_forward_hook(tell)  # planted: HKP109
torch.jit.trace(model, torch.ones(1, 2)).save("/dev/null")
x = torch.randn(2, 2)
scripted = model[0](x)
eager = model[0](x)
print(eager, scripted)
