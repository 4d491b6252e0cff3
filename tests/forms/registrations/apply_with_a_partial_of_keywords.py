# breaks: `apply` calls a helper with the hook filled in on the scripted child too
import functools

import torch
from torch import nn


def add(module, *, hook):
    module.register_forward_pre_hook(hook)  # HKP102


def show(module, inputs):
    print(len(inputs))


adder = functools.partial(add, hook=show)
nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU())).apply(adder)
