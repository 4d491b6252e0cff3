# breaks: an object calls what was kept for an event
import torch
from torch import nn


def show(module, inputs, output):  # HKP204
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
bus.on("built", watch)
bus.on("done", torch.jit.script)
net = nn.Linear(2, 2)
bus.emit("built", net)
bus.emit("done", net)
