# survives: a flag chooses between a scripted model and hooks, each in a statement of its own
import torch
from torch import nn


def show(module, args, output):
    print(output.shape)


def build(jit):
    net = nn.Linear(2, 2)
    if jit:
        net = torch.jit.script(net)
    if not jit:
        net.register_forward_hook(show)
    return net


build(True)(torch.ones(1, 2))
build(False)(torch.ones(1, 2))
