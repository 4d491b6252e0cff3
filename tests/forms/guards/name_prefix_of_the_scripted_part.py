# breaks: the scripted part has that name
import torch
from torch import nn


def show(module, inputs, output):
    print(len(inputs))


model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
for name, m in model.named_modules():
    if name.startswith("1"):
        m.register_forward_hook(show)  # HKP102
