# survives: a function is given the test that keeps scripted parts out
import torch
from torch import nn


def attach(model, predicate):
    return [m.register_forward_hook(print) for m in model.modules() if predicate(m)]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = torch.jit.script(nn.Linear(2, 2))
        self.dec = nn.Linear(2, 2)

    def forward(self, x):
        return self.dec(self.enc(x))


net = Net()
attach(net, lambda m: isinstance(m, nn.Linear))
net(torch.ones(1, 2))
