# breaks: a property gives the children that a loop registers on
import torch
from torch import nn


def hook(module, inp, out):
    print(out.shape)


class Table:
    def __init__(self, model):
        self.model = model

    @property
    def parts(self):
        return list(self.model.children())

    def attach(self):
        for part in self.parts:
            part.register_forward_hook(hook)  # HKP102


Table(nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))).attach()
