# survives: the partial that `apply` calls leaves scripted children out
from functools import partial

import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


def add(hook, module):
    if not isinstance(module, torch.jit.ScriptModule):
        module.register_forward_hook(hook)


nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU())).apply(partial(add, show))
