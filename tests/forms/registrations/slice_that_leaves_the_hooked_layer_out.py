# survives: neither the slice nor the rebuilt container has the hooked layer
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
net[-1].register_forward_hook(show)
torch.jit.script(net[:2])
torch.jit.script(nn.Sequential(*list(net.children())[:-1]))
