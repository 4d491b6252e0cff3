# breaks: two functions between registration and entry point
import torch
from torch import nn


def hook(module, input, output):  # HKP204
    print(output.shape)


def put0(m):
    m.register_forward_hook(hook)


def put1(m):
    put0(m)


def build():
    net = nn.Linear(2, 2)
    put1(net)
    return net


torch.jit.script(build())
