# survives: a property gives the children that are not scripted
import torch
from torch import nn


def hook(module, inp, out):
    print(out.shape)


class Table:
    def __init__(self, model):
        self.model = model

    @property
    def parts(self):
        return [part for part in self.model.children() if not isinstance(part, torch.jit.ScriptModule)]

    def attach(self):
        for part in self.parts:
            part.register_forward_hook(hook)


Table(nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))).attach()
