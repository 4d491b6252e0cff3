# survives: both have to be there, and scripting leaves one behind
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
    if hasattr(mod, "flag") and hasattr(mod, "irreps"):
        print(mod.irreps)


m = torch.jit.script(Graph())
nn.modules.module.register_module_forward_hook(hook)
m(torch.zeros(1))
