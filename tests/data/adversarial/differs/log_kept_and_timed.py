"""Log kept and timed."""

import time

import torch
from torch import nn


log = []


def note(module, inputs, output):
    log.append(tuple(output.shape))


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
model[1].register_forward_hook(note)  # HKP109
start = time.perf_counter()
traced = torch.jit.trace(model, torch.ones(1, 2))
log.clear()
model(torch.ones(2, 2))
eager = len(log)
print(f"eager in {time.perf_counter() - start:.6f} s")
log.clear()
traced(torch.ones(2, 2))
scripted = len(log)
elapsed = time.perf_counter() - start
print(f"traced in {elapsed:.6f} s")
