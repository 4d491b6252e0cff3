# breaks: a descriptor that decorates a method makes the module once
import torch
from torch import nn


class Lazy:
    def __init__(self, make):
        self.make = make

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, obj, owner=None):
        if obj is None:
            return self
        value = self.make(obj)
        obj.__dict__[self.name] = value
        return value


class Runner:
    @Lazy
    def net(self):
        net = nn.Sequential(nn.Linear(2, 2))
        net[0].register_forward_hook(lambda m, i, o: None)  # HKP201
        return net


torch.jit.script(Runner().net)
