"""Profile of one eager pass."""

import time

import torch
from torch import nn


class Profile:
    def __init__(self, model):
        self.started = {}
        self.calls = {}
        self.handles = []
        for name, layer in model.named_children():
            self.handles.append(layer.register_forward_pre_hook(self.start(name)))
            self.handles.append(layer.register_forward_hook(self.stop(name)))  # planted: HKP109

    def start(self, name):
        def hook(module, inputs):
            self.started[name] = time.perf_counter()

        return hook

    def stop(self, name):
        def hook(module, inputs, output):
            print(f"{name}: {time.perf_counter() - self.started[name]:.6f} s")
            self.calls[name] = self.calls.get(name, 0) + 1

        return hook

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()


# the program
model = nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval()
x = torch.ones(1, 2)
with Profile(model) as profile:
    model(x)
eager = len(profile.calls)
traced = torch.jit.trace(model, x)
traced(x)
scripted = len(profile.calls)
print(eager, scripted)
