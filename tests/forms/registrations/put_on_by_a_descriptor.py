# breaks: what a descriptor is set to gets a hook
import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


class Hooked:
    def __set_name__(self, owner, name):
        self.name = f"_{name}"

    def __get__(self, instance, owner=None):
        return getattr(instance, self.name)

    def __set__(self, instance, value):
        value.register_forward_hook(show)
        setattr(instance, self.name, value)


class Runner:
    net = Hooked()

    def __init__(self, net):
        self.net = net

    def export(self):
        return torch.jit.script(self.net)


Runner(nn.Sequential(nn.Linear(2, 2))).export()
