"""Guard in a comprehension."""

import torch
from torch import nn


def shape_hook(module, inputs, output):
    print(output.shape)


# the program
x = torch.ones(1, 2)
plain = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
model = nn.Sequential(plain[0], torch.jit.script(plain[1]))
python_modules = [m for m in model.modules() if not isinstance(m, torch.jit.ScriptModule)]
handles = [m.register_forward_hook(shape_hook) for m in python_modules]  # planted: HKP102
eager = plain(x)
scripted = model(x)
print(eager, scripted, len(handles))
