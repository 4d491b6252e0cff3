"""Features looked at before the export, all of it timed."""

import time

import torch
from torch import nn


activations = {}


def keep(module, inputs, output):
    activations["relu"] = output.detach()


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
model[1].register_forward_hook(keep)  # planted: HKP109
start = time.perf_counter()
x = torch.randn(2, 2)
eager = model(x)
print(activations["relu"].shape, "after", time.perf_counter() - start, "s")
traced = torch.jit.trace(model, torch.ones(1, 2))
scripted = traced(x)
elapsed = time.perf_counter() - start
print(f"done in {elapsed:.6f} s")
