# breaks: the model trains again
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
net.eval()
net.train()
for m in net:
    if m.training:
        m.register_forward_hook(lambda m, i, o: None)  # HKP201
torch.jit.script(net)
