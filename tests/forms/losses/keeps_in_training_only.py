# survives: what the hook keeps in training it does not keep here
import torch
from torch import nn

seen = []


def hook(m, i, o):
    if m.training:
        seen.append(o.detach())


net = nn.Sequential(nn.Linear(2, 2), nn.Dropout()).eval()
net[0].register_forward_hook(hook)
traced = torch.jit.trace(net, torch.ones(1, 2))
traced(torch.ones(1, 2))
