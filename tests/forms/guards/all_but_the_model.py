# breaks: only the model itself is left out
import torch
from torch import nn


def show(module, inputs, output):
    print(len(inputs))


model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
for m in model.modules():
    if m is not model:
        m.register_forward_hook(show)  # HKP102
