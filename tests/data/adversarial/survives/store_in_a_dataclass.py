"""Store in a dataclass."""

from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass
class Store:
    tensors: dict = field(default_factory=dict)

    def put_under(self, key, value):
        self.tensors[key] = value

    def take(self, key):
        return self.tensors[key]


class Net(nn.Module):
    def __init__(self, store):
        super().__init__()
        self.store = store
        self.layer = nn.Linear(2, 2)
        self.layer.register_forward_hook(self.hook)  # planted: HKP109

    def hook(self, module, inputs, output):
        self.store.put_under("layer", output)

    def forward(self, x):
        self.layer(x)
        return self.store.take("layer") * 3


# the program
net = Net(Store()).eval()
traced = torch.jit.trace(net, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = net(x)
scripted = traced(x)
print(eager, scripted)
