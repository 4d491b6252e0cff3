# breaks: a helper gets another name in the function that calls it
import torch
from torch import nn


def hook(module, input, output):  # HKP204
    print(output.shape)


def _install(module):
    module.register_forward_hook(hook)


def main():
    install = _install
    net = nn.Sequential(nn.Linear(2, 2))
    install(net)
    torch.jit.script(net)


main()
