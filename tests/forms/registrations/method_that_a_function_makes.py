# breaks: a method that a function has made
import torch
from torch import nn


def attacher(name):
    def attach(self, hook):
        return getattr(self.net, name).register_forward_hook(hook)

    return attach


class Runner:
    attach_first = attacher("0")

    def __init__(self, net):
        self.net = net


r = Runner(nn.Sequential(nn.Linear(2, 2)))
r.attach_first(lambda m, i, o: None)  # HKP201
torch.jit.script(r.net)
