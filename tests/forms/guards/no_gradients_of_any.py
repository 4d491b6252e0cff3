# survives: no parameter gets a gradient, so that no module gets a hook
import torch
from torch import nn

grads = []
net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
net.requires_grad_(False)
for m in net.modules():
    if any(p.requires_grad for p in m.parameters()):
        m.register_forward_hook(lambda m, i, o: None)
torch.jit.script(net)
