"""Hook that stops counting under a trace."""

import torch
from torch import nn
from torch.jit import is_tracing


class Counter:
    def __init__(self):
        self.calls = 0

    def __call__(self, module, inputs, output):
        if is_tracing():
            return
        self.calls += 1


# the program
model = nn.Linear(2, 2).eval()
counter = Counter()
model.register_forward_hook(counter)  # planted: HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
model(torch.ones(3, 2))
eager = counter.calls
print(traced(torch.ones(3, 2)).shape)
scripted = counter.calls
print(eager, scripted)
