# breaks: the test that a function is given by default keeps nothing out
import torch
from torch import nn


def attach(model, predicate=lambda m: True):
    return [m.register_forward_hook(print) for m in model.modules() if predicate(m)]  # HKP102


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = torch.jit.script(nn.Linear(2, 2))
        self.dec = nn.Linear(2, 2)

    def forward(self, x):
        return self.dec(self.enc(x))


net = Net()
attach(net)
