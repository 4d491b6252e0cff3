# breaks: a function fills the dict that says which hook a class gets
import torch
from torch import nn

HOOKS = {}


def hook(module, input, output):  # HKP204
    print(output.shape)


def setup():
    HOOKS["linear"] = hook


def main():
    setup()
    net = nn.Sequential(nn.Linear(2, 2))
    net[0].register_forward_hook(HOOKS["linear"])
    torch.jit.script(net)


main()
