# survives: the slice leaves the hooked layer out
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
net[2].register_forward_hook(show)
torch.jit.script(net[:2])
