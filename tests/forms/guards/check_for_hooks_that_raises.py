# breaks: a check lets no model with hooks through, so that none is traced
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


def checked(model):
    if any(part._forward_hooks for part in model.modules()):
        raise RuntimeError("take the hooks off first")
    return model


def main():
    net = nn.Sequential(nn.Linear(2, 2))
    net[0].register_forward_hook(show)
    traced = torch.jit.trace(checked(net), torch.ones(1, 2))
    traced(torch.ones(1, 2))


main()
