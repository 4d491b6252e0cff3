# survives: the scripted part has another name
import torch
from torch import nn


def show(module, inputs, output):
    print(len(inputs))


model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
for name, m in model.named_modules():
    if not name.startswith("0"):
        continue
    m.register_forward_hook(show)
