# survives: an inner function asks a flag of the one around it
import torch
from torch import nn


def main():
    logger = None
    watched = False

    def prepare(net):
        if watched and logger is not None:
            net.register_forward_hook(lambda module, input, output: None)
        return net

    torch.jit.script(prepare(nn.Sequential(nn.Linear(2, 2))))


main()
