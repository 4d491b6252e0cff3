# breaks: `build = classmethod(make)` hands the class to the function
import torch
from torch import nn


def make(cls):
    net = cls()
    net.register_forward_hook(lambda m, i, o: None)  # HKP201
    return net


class Net(nn.Module):
    build = classmethod(make)

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)


torch.jit.script(Net.build())
