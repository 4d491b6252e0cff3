# survives: a list keeps the class of each module, and only those of one get a hook
# known gap: classes in a list are not compared
from typing import Tuple
import torch
from torch import nn, Tensor


def show(m, i: Tuple[Tensor], o: Tensor):
    print(m.weight)


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
types = [type(m) for m in net]
for m, t in zip(net, types):
    if t is nn.Linear:
        m.register_forward_hook(show)
torch.jit.script(net)
