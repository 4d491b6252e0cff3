# survives: of local implementations the one for the nearest class leaves the module alone
from functools import singledispatch

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)


def hook(module, input, output):
    print(output.shape)


def main():
    @singledispatch
    def watch(module):
        module.register_forward_hook(hook)

    @watch.register(Net)
    def _(module):
        pass

    net = Net()
    watch(net)
    torch.jit.script(net)


main()
