"""Log beside the graph."""

import torch
from torch import nn


log = []


def note(module, inputs, output):
    log.append(tuple(output.shape))


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
model[1].register_forward_hook(note)  # HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
print(traced.graph)
log.clear()
model(torch.ones(2, 2))
eager = len(log)
log.clear()
traced(torch.ones(2, 2))
scripted = len(log)
