"""Counter on an object."""

import torch
from torch import nn


class Counter:
    def __init__(self):
        self.calls = 0

    def hook(self, module, inputs, output):
        self.calls += 1


# the program
model = nn.Linear(2, 2).eval()
counter = Counter()
model.register_forward_hook(counter.hook)  # HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
before = counter.calls
model(torch.ones(1, 2))
eager = counter.calls - before
traced(torch.ones(1, 2))
scripted = counter.calls - before - eager
print(eager, scripted)
