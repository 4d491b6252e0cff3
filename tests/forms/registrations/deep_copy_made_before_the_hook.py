# survives: the copy was made before the hook, of the parts too
import copy

import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


net = nn.Sequential(nn.Linear(2, 2))
clean = copy.deepcopy(net)
net[0].register_forward_hook(show)
net(torch.ones(1, 2))
torch.jit.script(clean)
