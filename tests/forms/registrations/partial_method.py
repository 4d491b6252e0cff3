# breaks: a method of a class with some of its arguments filled in
import functools
import torch
from torch import nn


def show(m, i, o):  # HKP204
    print(o)


class Runner:
    def __init__(self, net):
        self.net = net

    def attach(self, name, hook):
        getattr(self.net, name).register_forward_hook(hook)

    watch = functools.partialmethod(attach, "0", show)


r = Runner(nn.Sequential(nn.Linear(2, 2)))
r.watch()
torch.jit.script(r.net)
