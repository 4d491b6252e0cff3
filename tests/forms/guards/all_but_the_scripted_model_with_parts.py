# breaks: the scripted model has a part, which refuses the hook
import torch
from torch import nn


def show(m, i, o):
    print(o.shape)


def summary(model, x):
    def register(module):
        if not (module == model):
            handles.append(module.register_forward_hook(show))  # HKP102

    handles = []
    model.apply(register)
    model(x)


summary(torch.jit.script(nn.Sequential(nn.Linear(2, 2))), torch.ones(1, 2))
