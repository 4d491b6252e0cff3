# survives: each list that a defaultdict made for a module's handles is gone through
from collections import defaultdict

import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


handles = defaultdict(list)
net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
for name, module in net.named_modules():
    handles[name].append(module.register_forward_hook(show))
for group in handles.values():
    for handle in group:
        handle.remove()
torch.jit.script(net)
