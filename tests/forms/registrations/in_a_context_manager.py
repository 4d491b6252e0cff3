# breaks: a context manager registers in a helper
from contextlib import contextmanager

import torch
from torch import nn


def register(model, hook):
    for module in model.modules():
        module.register_forward_hook(hook)  # HKP102


@contextmanager
def temporary(model, hook):
    register(model, hook)
    yield


def show(module, inp, out):
    print(type(module))


def summarize(model, x):
    with temporary(model, show):
        model(x)


summarize(torch.jit.script(nn.Sequential(nn.Linear(4, 4))), torch.zeros(1, 4))
