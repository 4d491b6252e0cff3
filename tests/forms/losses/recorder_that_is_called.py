# breaks: an ordered dict of a class of its own is the hook, and keeps nothing of the trace
from collections import OrderedDict
import torch
from torch import nn


class Recorder(OrderedDict):
    def __call__(self, m, i, o):
        self[id(m)] = o.detach()


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
rec = Recorder()
for m in net:
    m.register_forward_hook(rec)  # HKP109
traced = torch.jit.trace(net, torch.ones(1, 2))
rec.clear()
traced(torch.ones(1, 2))
if id(net[0]) not in rec:
    raise RuntimeError("nothing was kept")
