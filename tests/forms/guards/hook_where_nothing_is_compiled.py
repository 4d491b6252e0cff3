# survives: a flag chooses between a compiled model and hooks, each in a statement of its own
import torch
from torch import nn

seen = []


def keep(module, args, output):
    seen.append(output)


def run(fast):
    net = nn.Sequential(nn.Linear(2, 2))
    if fast:
        net = torch.compile(net, backend="eager")
        net(torch.ones(1, 2))
    if not fast:
        net[0].register_forward_hook(keep)
    return net(torch.ones(1, 2))


run(True)
run(False)
assert len(seen) == 1
