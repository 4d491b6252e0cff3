# survives: the module that gets the hook is the last of a list
import torch
from torch import nn


def hook(module, inputs, output):
    print(output.shape)


def main():
    net, other = nn.Sequential(nn.Linear(2, 2)), nn.Linear(2, 2)
    pending = [net, other]
    pending.pop().register_forward_hook(hook)
    torch.jit.script(net)


main()
