# breaks: one of two helpers, both of which register, is chosen by a condition
import sys

import torch
from torch import nn


def hook(module, input, output):  # HKP204
    print(output.shape)


def _install(module):
    module.register_forward_hook(hook)


def _install_all(module):
    for part in module.modules():
        part.register_forward_hook(hook)


def main():
    install = _install if len(sys.argv) > 1 else _install_all
    net = nn.Sequential(nn.Linear(2, 2))
    install(net)
    torch.jit.script(net)


main()
