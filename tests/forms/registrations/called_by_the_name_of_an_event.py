# breaks: a trainer calls the methods of its callbacks by name
import torch
from torch import nn


class Callback:
    def on_start(self, model):
        pass

    def on_end(self, model):
        pass


class Watch(Callback):
    def show(self, module, inputs, output):  # HKP203
        print(output.mean())

    def on_start(self, model):
        for module in model.modules():
            if isinstance(module, nn.Linear):
                module.register_forward_hook(self.show)


class Export(Callback):
    def on_end(self, model):
        torch.jit.script(model)


class Trainer:
    def __init__(self, callbacks):
        self.callbacks = callbacks

    def notify(self, name, model):
        for callback in self.callbacks:
            getattr(callback, name)(model)

    def fit(self, model):
        self.notify("on_start", model)
        model(torch.ones(1, 2))
        self.notify("on_end", model)


Trainer([Watch(), Export()]).fit(nn.Sequential(nn.Linear(2, 2)))
