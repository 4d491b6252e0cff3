# survives: a function that calls itself puts other layers in the place of those with hooks
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


def swap(module):
    for name, part in module.named_children():
        if isinstance(part, nn.ReLU):
            setattr(module, name, nn.Identity())
        else:
            swap(part)


net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU()))
net[1][0].register_forward_hook(show)
swap(net)
torch.jit.script(net)
