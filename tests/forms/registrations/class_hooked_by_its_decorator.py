# breaks: whoever makes an instance gets one with a hook
import functools

import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


def watched(hook):
    def decorate(cls):
        @functools.wraps(cls)
        def make(*args, **kwargs):
            made = cls(*args, **kwargs)
            made.register_forward_hook(hook)
            return made

        return make

    return decorate


@watched(show)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)


torch.jit.script(Net())
