# breaks: one part gets gradients again
import torch
from torch import nn


def freeze(m):
    for p in m.parameters():
        p.requires_grad_(False)


net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
freeze(net)
for p in net[1].parameters():
    p.requires_grad = True
for m in net:
    if m.weight.requires_grad:
        m.register_forward_hook(lambda m, i, o: None)  # HKP201
torch.jit.script(net)
