# survives: freezing removes values, so that the frozen module takes the name
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        return x + self.calls


def hook(module, input, output):
    module.calls = "many"


m = torch.jit.freeze(torch.jit.script(Net().eval()))
nn.modules.module.register_module_forward_hook(hook)
m(torch.zeros(2))
