# survives: what was kept for another event is not called
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


class Bus:
    def __init__(self):
        self.listeners = {}

    def on(self, event, listener):
        self.listeners.setdefault(event, []).append(listener)

    def emit(self, event, *args):
        for listener in self.listeners.get(event, []):
            listener(*args)


def watch(model):
    model.register_forward_hook(show)


bus = Bus()
bus.on("debug", watch)
bus.on("done", torch.jit.script)
bus.emit("done", nn.Linear(2, 2))
