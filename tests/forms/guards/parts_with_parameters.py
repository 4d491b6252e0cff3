# survives: the scripted part has no parameters
import torch
from torch import nn


def show(module, inputs, output):
    print(len(inputs))


model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
for m in model.children():
    if len(list(m.parameters())) > 0:
        m.register_forward_hook(show)
