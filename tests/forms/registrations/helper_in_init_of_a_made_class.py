# breaks: `__init__` registers by a helper, and a function makes the module
import torch
from torch import nn


def hook(module, input, output):  # HKP204
    print(output.shape)


def attach(m):
    m.register_forward_hook(hook)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(2, 2)
        attach(self.encoder)

    def forward(self, x):
        return self.encoder(x)


def small():
    return Net()


model = small()
torch.jit.script(model)
