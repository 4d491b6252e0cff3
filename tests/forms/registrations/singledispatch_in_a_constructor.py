# breaks: a local implementation for the class of a part registers
import functools

import torch
from torch import nn


def hook(module, input, output):  # HKP204
    print(output.shape)


class Net(nn.Module):
    def __init__(self):
        super().__init__()

        @functools.singledispatch
        def watch(module):
            raise TypeError(module)

        @watch.register
        def _(module: nn.Linear):
            module.register_forward_hook(hook)

        self.fc = nn.Linear(2, 2)
        watch(self.fc)

    def forward(self, x):
        return self.fc(x)


torch.jit.script(Net())
