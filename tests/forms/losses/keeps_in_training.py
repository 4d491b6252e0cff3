# breaks: the model trains when it is traced, and keeps nothing afterwards
import torch
from torch import nn

seen = []


def hook(m, i, o):
    if m.training:
        seen.append(o.detach())


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
net.train()
net[0].register_forward_hook(hook)  # HKP109
traced = torch.jit.trace(net, torch.ones(1, 2))
seen.clear()
traced(torch.ones(1, 2))
if not seen:
    raise RuntimeError("nothing was kept")
