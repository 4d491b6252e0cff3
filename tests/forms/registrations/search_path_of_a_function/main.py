# breaks: a function puts the folder on `sys.path` and imports the helper
import os
import sys
import torch
from torch import nn


def main():
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
    from attaches_kappa import attach

    net = nn.Linear(2, 2)
    attach(net)
    torch.jit.script(net)


main()
