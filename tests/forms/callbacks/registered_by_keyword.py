# breaks: a callback that was registered by keyword scripts what has a hook without a name
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)
        self.conv.register_forward_hook(lambda module, inputs, output: print(output.shape))  # HKP201

    def forward(self, x):
        return self.conv(x)


class Loggers:
    def on_train_batch_end(self, number, model):
        torch.jit.script(model)


class Callbacks:
    def __init__(self):
        self._callbacks = {"on_train_batch_end": [], "on_fit_epoch_end": []}

    def register_action(self, hook, name="", callback=None):
        self._callbacks[hook].append({"name": name, "callback": callback})

    def run(self, hook, *args, **kwargs):
        for logger in self._callbacks[hook]:
            logger["callback"](*args, **kwargs)


callbacks = Callbacks()
callbacks.register_action("on_train_batch_end", callback=Loggers().on_train_batch_end)
model = Model()
callbacks.run("on_train_batch_end", 0, model)
