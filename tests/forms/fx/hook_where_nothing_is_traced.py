# survives: a flag chooses between a graph and hooks, each in a statement of its own
import torch
from torch import nn

seen = []


def keep(module, args, output):
    seen.append(output)


def run(is_traced):
    net = nn.Sequential(nn.Linear(2, 2))
    graph = None
    if is_traced:
        graph = torch.fx.symbolic_trace(net)
    if not is_traced:
        net.register_forward_hook(keep)
    return (graph or net)(torch.ones(1, 2))


run(True)
run(False)
assert len(seen) == 1
