# breaks: the caller gets what was kept while tracing, twice, and nothing of the call
# then: if len(features(torch.ones(1, 2))) != 1: raise RuntimeError
import torch
from torch import nn


def features(x):
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    kept = []

    def keep(module, inputs, output):
        kept.append(output)

    net[0].register_forward_hook(keep)  # HKP109
    traced = torch.jit.trace(net, x)
    traced(x)
    return kept
