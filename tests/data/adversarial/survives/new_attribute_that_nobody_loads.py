"""New attribute that nobody loads."""

import io

import torch
from torch import nn


class Net(nn.Module):
    def forward(self, x):
        return x + 1


def mark(module, inputs, output):
    module.seen_by_hook = True  # planted: HKP406


# the program
x = torch.ones(1)
eager = Net()(x)
traced = torch.jit.trace(Net(), x)
traced.register_forward_hook(mark)
traced(x)
file = io.BytesIO()
torch.jit.save(traced, file)
file.seek(0)
scripted = torch.jit.load(file)(x)
print(eager, scripted)
