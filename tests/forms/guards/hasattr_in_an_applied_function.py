# survives: no scripted part has a `weight`
import torch
from torch import nn


def show(module, inputs, output):
    print(len(inputs))


model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))


def put_on(m):
    if hasattr(m, "weight"):
        m.register_forward_hook(show)


model.apply(put_on)
