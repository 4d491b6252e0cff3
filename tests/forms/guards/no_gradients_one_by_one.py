# survives: a loop keeps gradients from each parameter
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
for p in net.parameters():
    p.requires_grad = False
for m in net:
    for p in m.parameters():
        if p.requires_grad:
            m.register_forward_hook(lambda m, i, o: None)
torch.jit.script(net)
