# survives: a trace has no such attribute, so that the hook ends there
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
    if not hasattr(mod, "flag"):
        return
    print(mod.irreps)


m = torch.jit.trace(Graph(), torch.zeros(1))
m.register_forward_hook(hook)
m(torch.zeros(1))
