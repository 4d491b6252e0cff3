# survives: calls of `register` in a function leave modules of this class alone
import functools

import torch
from torch import nn


def hook(module, input, output):
    print(output.shape)


def leave(module):
    return module


def main():
    @functools.singledispatch
    def watch(module):
        module.register_forward_hook(hook)
        return module

    watch.register(nn.Sequential, leave)
    torch.jit.script(watch(nn.Sequential(nn.Linear(2, 2))))


main()
