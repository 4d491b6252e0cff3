# survives: the graph module gets the hook as the module does
import torch
from torch import fx, nn

calls = []


def count(module, args, output):
    calls.append(1)


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
graph = fx.symbolic_trace(net)
for each in (net, graph):
    each.register_forward_hook(count)
graph(torch.ones(1, 2))
assert len(calls) == 1
