# breaks: a flag is on for the first module of a loop only
import torch
from torch import nn


def main():
    is_first = True
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    for part in net.children():
        if not is_first:
            part.register_forward_hook(lambda module, input, output: None)  # HKP201
        is_first = False
    torch.jit.script(net)


main()
