# breaks: the slice is a container that has the hooked layer
import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
net[0].register_forward_hook(show)
torch.jit.script(net[:2])
