# survives: the hook keeps nothing of what gets no gradient
import torch
from torch import nn

seen = []


def hook(m, i, o):
    if m.weight.requires_grad:
        seen.append(o.detach())


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).requires_grad_(False)
net[0].register_forward_hook(hook)
traced = torch.jit.trace(net, torch.ones(1, 2))
traced(torch.ones(1, 2))
