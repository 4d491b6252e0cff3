# breaks: only parameters of one name are kept from gradients
# unsure: names decide
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
for name, p in net.named_parameters():
    if name.startswith("0"):
        p.requires_grad = False
for m in net:
    if m.weight.requires_grad:
        m.register_forward_hook(lambda m, i, o: None)  # HKP201
torch.jit.script(net)
