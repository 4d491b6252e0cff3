# breaks: a helper registers in a dict comprehension
import torch
from torch import nn


def hook(module, inp, out):
    print(out.shape)


def attach(module):
    return module.register_forward_hook(hook)  # HKP102


model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
handles = {name: attach(module) for name, module in model.named_children()}
