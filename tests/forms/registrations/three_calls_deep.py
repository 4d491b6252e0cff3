# breaks: the registration is three calls below the one who scripts
# then: test_a()
import torch
from torch import nn


def f0(model, hook):
    for module in model.modules():
        module.register_forward_hook(hook)  # HKP102


def show(module, inp, out):
    print(type(module))


def f1(model, hook):
    f0(model, hook)


def f2(model, hook):
    f1(model, hook)


def test_a():
    model = torch.jit.script(nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
    f2(model, show)
