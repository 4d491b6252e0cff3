# survives: the parts that have hooks are taken out of containers that name their parts
from collections import OrderedDict

import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


heads = nn.ModuleDict({"main": nn.Linear(2, 2), "aux": nn.Linear(2, 2)})
heads["aux"].register_forward_hook(show)
del heads["aux"]
torch.jit.script(heads)

net = nn.Sequential(OrderedDict([("first", nn.Linear(2, 2)), ("last", nn.ReLU())]))
net[1].register_forward_hook(show)
torch.jit.script(net[:1])
net[1] = nn.Identity()
torch.jit.script(net)
