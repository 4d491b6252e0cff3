# survives: the test is given the name as well
import torch
from torch import nn


def attach(model, keep):
    for n, m in model.named_modules():
        if not keep(n, m):
            continue
        m.register_forward_hook(print)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = torch.jit.script(nn.Linear(2, 2))
        self.dec = nn.Linear(2, 2)

    def forward(self, x):
        return self.dec(self.enc(x))


net = Net()
attach(net, lambda name, module: not isinstance(module, torch.jit.ScriptModule))
net(torch.ones(1, 2))
