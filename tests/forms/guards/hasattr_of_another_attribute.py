# breaks: the attribute that is asked for is there, the one that is read is not
import torch
from torch import nn


class Graph(nn.Module):
    def __init__(self):
        super().__init__()
        self.flag = True
        self.irreps = {"a": object()}

    def forward(self, x):
        return x


def hook(mod, inp, out):
    if not hasattr(mod, "flag"):
        return
    print(mod.irreps)  # HKP402


m = torch.jit.script(Graph())
nn.modules.module.register_module_forward_hook(hook)
m(torch.zeros(1))
