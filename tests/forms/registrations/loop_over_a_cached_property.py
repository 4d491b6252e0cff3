# breaks: a cached property keeps the modules that a loop registers on
from functools import cached_property

import torch
from torch import nn


def hook(module, inp, out):
    print(out.shape)


class Table:
    def __init__(self, model):
        self.model = model

    @cached_property
    def parts(self):
        return [module for module in self.model.modules()]

    def attach(self):
        return [part.register_forward_hook(hook) for part in self.parts]  # HKP102


Table(nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))).attach()
