# breaks: a function hands the implementations over by calls of `register`
import functools

import torch
from torch import nn


def hook(module, input, output):  # HKP204
    print(output.shape)


@functools.singledispatch
def watch(module):
    pass


def watch_linear(module):
    module.register_forward_hook(hook)


def setup():
    watch.register(nn.Linear, watch_linear)


def main():
    setup()
    net = nn.Sequential(nn.Linear(2, 2))
    watch(net[0])
    torch.jit.script(net)


main()
