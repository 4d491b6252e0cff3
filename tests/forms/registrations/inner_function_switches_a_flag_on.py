# breaks: an inner function switches a flag on
import torch
from torch import nn


def main():
    debug = False

    def switch():
        nonlocal debug
        debug = True

    switch()
    net = nn.Sequential(nn.Linear(2, 2))
    if debug:
        net.register_forward_hook(lambda module, input, output: None)  # HKP201
    torch.jit.script(net)


main()
