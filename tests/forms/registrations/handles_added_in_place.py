# survives: `+=` calls a method of the class, which keeps the handle, and all that are kept are taken off
import torch
from torch import nn


class Handles:
    def __init__(self):
        self.items = []

    def __iadd__(self, handle):
        self.items.append(handle)
        return self

    def remove(self):
        for handle in self.items:
            handle.remove()


def show(m, i, o):
    print(o.shape)


net = nn.Linear(1, 1)
handles = Handles()
handles += net.register_forward_hook(show)
net(torch.ones(1, 1))
handles.remove()
torch.jit.script(net)
