# survives: what asks for the attribute finds the modules that the class test chose
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


def add(module):
    if isinstance(module, nn.Linear):
        module.__handle__ = module.register_forward_hook(show)


def remove(module):
    if hasattr(module, "__handle__"):
        module.__handle__.remove()
        del module.__handle__


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
net.apply(add)
net(torch.ones(1, 2))
net.apply(remove)
torch.jit.script(net)
