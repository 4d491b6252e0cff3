# breaks: a function registers the implementation that registers the hook
import functools

import torch
from torch import nn


def hook(module, input, output):  # HKP204
    print(output.shape)


@functools.singledispatch
def watch(module):
    pass


def setup():
    @watch.register(nn.Linear)
    def watch_linear(module):
        module.register_forward_hook(hook)


setup()
net = nn.Sequential(nn.Linear(2, 2))
watch(net[0])
torch.jit.script(net)
