# survives: a frozen module has no such attribute, so that the hook ends there
import torch
from torch import nn


class Graph(nn.Module):
    def __init__(self):
        super().__init__()
        self.flag = True
        self.irreps = {"a": object()}

    def forward(self, x):
        return x + 1


def hook(mod, inp, out):
    if hasattr(mod, "flag"):
        print(mod.irreps)


m = torch.jit.freeze(torch.jit.script(Graph().eval()))
nn.modules.module.register_module_forward_hook(hook)
m(torch.zeros(1))
