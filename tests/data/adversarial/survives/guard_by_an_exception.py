"""Guard by an exception."""

import torch
from torch import nn


def shape_hook(module, inputs, output):
    print(output.shape)


def try_to_attach(module):
    try:
        module.register_forward_hook(shape_hook)  # planted: HKP102
    except RuntimeError:
        print("no hook on", type(module).__name__)


# the program
x = torch.ones(1, 2)
plain = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
model = nn.Sequential(plain[0], torch.jit.script(plain[1]))
model.apply(try_to_attach)
eager = plain(x)
scripted = model(x)
print(eager, scripted)
