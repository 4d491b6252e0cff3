# breaks: a hook that is a method comes to the module four calls below a constructor
import torch
from torch import nn


class Recorder:
    def hook(self, module, input, output):  # HKP203
        print(output.shape)


def put_on(module, hook):
    module.register_forward_hook(hook)


def attach_one(module, hook):
    put_on(module, hook)


def attach_all(model, hook):
    for module in model.children():
        attach_one(module, hook)


def attach(model, hook):
    attach_all(model, hook)


class Owner:
    def __init__(self):
        self.model = nn.Sequential(nn.Linear(2, 2))
        attach(self.model, Recorder().hook)


def export():
    owner = Owner()
    return torch.jit.script(owner.model)


export()
