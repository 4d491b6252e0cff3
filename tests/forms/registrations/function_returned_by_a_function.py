# breaks: a function says which helper registers
import torch
from torch import nn


def hook(module, input, output):  # HKP204
    print(output.shape)


def _attach(module):
    module.register_forward_hook(hook)


def installer():
    return _attach


def main():
    net = nn.Sequential(nn.Linear(2, 2))
    install = installer()
    install(net)
    torch.jit.script(net)


main()
