# breaks: the scripted part is a leaf
import torch
from torch import nn


def show(module, inputs, output):
    print(len(inputs))


model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
for m in model.modules():
    if not list(m.children()):
        m.register_forward_hook(show)  # HKP102
