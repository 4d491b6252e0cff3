# survives: of the modes that a text names only one puts a hook on, and it scripts nothing
import torch
from torch import nn


def show(module, args, output):
    print(output.shape)


def build(mode):
    net = nn.Linear(2, 2)
    if mode == "eager":
        net.register_forward_hook(show)
    if mode == "script":
        net = torch.jit.script(net)
    elif mode == "trace":
        net = torch.jit.trace(net, torch.ones(1, 2))
    return net


for mode in ("eager", "script", "trace"):
    build(mode)(torch.ones(1, 2))
