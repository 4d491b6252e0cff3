# breaks: the modules of named tuples get a hook
from collections import namedtuple

import torch
from torch import nn

Probe = namedtuple("Probe", ["name", "module"])


def show(m, i, o):  # HKP204
    print(o.shape)


net = nn.Sequential(nn.Linear(1, 1))
probes = [Probe(name, module) for name, module in net.named_children()]
for probe in probes:
    probe[1].register_forward_hook(show)
torch.jit.script(net)
