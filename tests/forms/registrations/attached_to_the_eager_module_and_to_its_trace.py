# survives: a helper attaches the hook to the trace as well
import torch
from torch import nn

calls = []


def count(module, args, output):
    calls.append(1)


def attach(model):
    return model.register_forward_hook(count)


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
traced = torch.jit.trace(net, torch.ones(1, 2))
handles = [attach(traced), attach(net)]
traced(torch.ones(1, 2))
assert len(calls) == 1
