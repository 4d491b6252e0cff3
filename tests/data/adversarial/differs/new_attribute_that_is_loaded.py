"""New attribute that is loaded."""

import io

import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return x + 1


def mark(module, inputs, output):
    module.seen_by_hook = True  # HKP406


# the program
x = torch.ones(1)
net = Net()
net.register_forward_hook(mark)
net(x)
eager = getattr(net, "seen_by_hook", False)
traced = torch.jit.trace(Net(), x)
traced.register_forward_hook(mark)
traced(x)
file = io.BytesIO()
torch.jit.save(traced, file)
file.seek(0)
scripted = getattr(torch.jit.load(file), "seen_by_hook", False)
print(eager, scripted)
