# breaks: a part was set not to train before the model was made of it
import torch
from torch import nn

part = nn.Linear(2, 2)
part.eval()
net = nn.Sequential(part, nn.ReLU())
for m in net.modules():
    if not m.training:
        m.register_forward_hook(lambda m, i, o: None)  # HKP201
torch.jit.script(net)
