# breaks: the condition reads what the traced module has lost, before it is set
import torch
from torch import nn


def hook(module, input, output):
    if module.calls > 2:  # HKP401
        print("often")
    module.calls = 3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        return x + 1


m = torch.jit.trace(Net(), torch.zeros(2))
m.register_forward_hook(hook)
m(torch.zeros(2))
