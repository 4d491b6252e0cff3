# survives: whoever comes back from the helper has no ScriptModule
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


def check(model):
    if isinstance(model, torch.jit.ScriptModule):
        raise TypeError("eager models only")
    return model


model = torch.jit.script(nn.ReLU())
try:
    check(model)
    model.register_forward_hook(show)
except TypeError:
    print("not watched")
