# survives: of starred parts only the one that is not scripted is taken
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


parts = [nn.Linear(2, 2), nn.Linear(2, 2)]
every = [*parts, torch.jit.script(nn.ReLU())]
every[0].register_forward_hook(show)
every[1].register_forward_hook(show)
print(nn.Sequential(*every)(torch.ones(2)))
