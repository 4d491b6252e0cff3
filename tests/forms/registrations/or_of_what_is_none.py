# breaks: nothing is given, so that `or` chooses the module that is scripted
import torch
from torch import nn


def hook(module, inputs, output):  # HKP204
    print(output.shape)


def watch(net, part=None):
    (part or net).register_forward_hook(hook)


def main():
    net = nn.Sequential(nn.Linear(2, 2))
    watch(net)
    torch.jit.script(net)


main()
