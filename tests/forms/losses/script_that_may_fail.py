# survives: scripting that fails is made up for by tracing
# unsure: an error that is caught ends nothing
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2))
net.register_forward_hook(lambda m, i, o: None)  # HKP201
try:
    net = torch.jit.script(net)
except Exception:
    net = torch.jit.trace(net, torch.ones(1, 2))
