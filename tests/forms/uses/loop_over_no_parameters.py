# survives: a frozen module has no parameters, so the loop is never entered
import torch
from torch import nn


def hook(mod, inp, out):
    for name, p in mod.named_parameters():
        mod.register_buffer(name + "_x", p)


m = torch.jit.freeze(torch.jit.script(nn.Linear(2, 2).eval()))
nn.modules.module.register_module_forward_hook(hook)
m(torch.zeros(1, 2))
