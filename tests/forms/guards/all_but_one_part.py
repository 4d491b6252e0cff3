# survives: the scripted part is the one that is left out
import torch
from torch import nn


def show(module, inputs, output):
    print(len(inputs))


model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
for m in model.children():
    if m is not model[1]:
        m.register_forward_hook(show)
