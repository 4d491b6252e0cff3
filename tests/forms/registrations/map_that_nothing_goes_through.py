# breaks: `map` calls nothing before somebody goes through it, nor does a generator, so the hooks stay
import torch
from torch import nn


def show(m, i, o):  # HKP204
    print(o.shape)


model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
handles = [m.register_forward_hook(show) for m in model]
map(lambda h: h.remove(), handles)
(h.remove() for h in handles)
torch.jit.script(model)
