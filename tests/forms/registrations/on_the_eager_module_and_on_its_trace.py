# survives: the trace gets the hook as the eager module does
import torch
from torch import nn

calls = []


def count(module, args, output):
    calls.append(1)


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
traced = torch.jit.trace(net, torch.ones(1, 2))
for each in (net, traced):
    each.register_forward_hook(count)
traced(torch.ones(1, 2))
assert len(calls) == 1
