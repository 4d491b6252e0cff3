# survives: a flag of the function itself is off
import torch
from torch import nn


def main():
    debug = False
    net = nn.Sequential(nn.Linear(2, 2))
    if debug:
        net.register_forward_hook(lambda module, input, output: None)
    torch.jit.script(net)


main()
