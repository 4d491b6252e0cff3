# breaks: a flag is off at first and set in a loop
import torch
from torch import nn


def main():
    found = False
    net = nn.Sequential(nn.Linear(2, 2))
    for part in net.modules():
        if isinstance(part, nn.Linear):
            found = True
    if found:
        net.register_forward_hook(lambda module, input, output: None)  # HKP201
    torch.jit.script(net)


main()
