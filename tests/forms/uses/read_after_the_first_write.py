# survives: the first call sets what later calls read
import torch
from torch import nn


def hook(module, input, output):
    module.calls = 3
    print(module.calls)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        return x + 1


m = torch.jit.trace(Net(), torch.zeros(2))
m.register_forward_hook(hook)
m(torch.zeros(2))
m(torch.zeros(2))
