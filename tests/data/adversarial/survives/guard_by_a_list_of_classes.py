"""Guard by a list of classes."""

import torch
from torch import nn


HOOKED = (nn.Linear, nn.Conv2d)


def shape_hook(module, inputs, output):
    print(output.shape)


# the program
x = torch.ones(1, 2)
plain = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
model = nn.Sequential(plain[0], torch.jit.script(plain[1]))
for module in model.modules():
    if isinstance(module, HOOKED):
        module.register_forward_hook(shape_hook)  # planted: HKP102
eager = plain(x)
scripted = model(x)
print(eager, scripted)
