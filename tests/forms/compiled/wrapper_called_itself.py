# survives: the wrapper is called, and the model inside only put into evaluation mode
import torch
from torch import nn

outputs = []


def keep(module, inputs, output):
    outputs.append(output.detach())


net = torch.compile(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), backend="eager")
net.register_forward_hook(keep)
net._orig_mod.eval()
net(torch.ones(1, 2))
assert outputs
