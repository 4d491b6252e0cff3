"""Check on a traced child."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)


def check(module, inputs, output):
    if output.dim() != 2:
        raise ValueError("two dimensions expected")


# the program
net = Net().eval()
traced = torch.jit.trace(net, torch.ones(1, 2))
traced.fc.register_forward_hook(check)  # planted: HKP104
x = torch.randn(2, 2)
eager = net(x)
scripted = traced(x)
print(eager, scripted)
