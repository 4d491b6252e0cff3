# breaks: a flag of the function itself is on
import torch
from torch import nn


def main():
    verbose: bool = True
    net = nn.Sequential(nn.Linear(2, 2))
    if not verbose:
        return
    net.register_forward_hook(lambda module, input, output: None)  # HKP201
    torch.jit.script(net)


main()
