# breaks: a property collects the children in a list first
import torch
from torch import nn


def hook(module, inp, out):
    print(out.shape)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(2, 2)
        self.head = torch.jit.script(nn.ReLU())

    @property
    def layers(self):
        found = []
        for child in self.children():
            found.append(child)
        return found

    def watch(self):
        for layer in self.layers:
            layer.register_forward_hook(hook)  # HKP102


Model().watch()
