# breaks: the buffer is there, the table is not
import torch
from torch import nn


class Graph(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.ones(1))
        self.irreps = {"a": object()}

    def forward(self, x):
        return x * self.scale


def hook(mod, inp, out):
    if hasattr(mod, "scale"):
        print(mod.irreps)  # HKP402


m = torch.jit.script(Graph())
nn.modules.module.register_module_forward_hook(hook)
m(torch.zeros(1))
