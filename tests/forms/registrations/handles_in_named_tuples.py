# survives: each handle is kept beside its module in a named tuple, and taken off by name or position
from collections import namedtuple
from typing import Any, NamedTuple

import torch
from torch import nn

Entry = namedtuple("Entry", "module handle")


class Pair(NamedTuple):
    module: nn.Module
    handle: Any


def show(m, i, o):
    print(o.shape)


net = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
entries = [Entry(m, m.register_forward_hook(show)) for m in net]
pairs = [Pair(m, handle=m.register_forward_hook(show)) for m in net]
net(torch.ones(1, 1))
for entry in entries:
    entry.handle.remove()
for _, handle in pairs:
    handle.remove()
torch.jit.script(net)
