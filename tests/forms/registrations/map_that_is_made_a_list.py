# survives: a list of what `map` gives goes through it, so all hooks are taken off
import torch
from torch import nn


def show(m, i, o):
    print(o.shape)


model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
handles = [m.register_forward_hook(show) for m in model]
list(map(lambda h: h.remove(), handles))
torch.jit.script(model)
