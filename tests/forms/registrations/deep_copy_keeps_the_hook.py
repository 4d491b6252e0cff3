# breaks: the copy has the hook that is taken off the original
import copy

import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


net = nn.Sequential(nn.Linear(2, 2))
handle = net[0].register_forward_hook(show)
copied = copy.deepcopy(net)
handle.remove()
torch.jit.script(copied)
