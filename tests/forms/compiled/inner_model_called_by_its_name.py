# breaks: the hook is on the wrapper, and `_orig_mod` is called
import torch
from torch import nn

outputs = []


def keep(module, inputs, output):
    outputs.append(output.detach())


net = torch.compile(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), backend="eager")
net.register_forward_hook(keep)  # HKP703
net._orig_mod(torch.ones(1, 2))
assert outputs
