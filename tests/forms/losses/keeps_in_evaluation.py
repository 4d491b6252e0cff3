# breaks: what the hook keeps when the model does not train is kept once
import torch
from torch import nn

seen = []


def hook(m, i, o):
    if not m.training:
        seen.append(o.detach())


net = nn.Sequential(nn.Linear(2, 2), nn.Dropout()).eval()
net[0].register_forward_hook(hook)  # HKP109
traced = torch.jit.trace(net, torch.ones(1, 2))
seen.clear()
traced(torch.ones(1, 2))
if not seen:
    raise RuntimeError("nothing was kept")
