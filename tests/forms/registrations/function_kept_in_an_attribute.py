# breaks: an object keeps the helper that registers
import torch
from torch import nn


def hook(module, input, output):  # HKP204
    print(output.shape)


def _attach(module):
    module.register_forward_hook(hook)


def _skip(module):
    return None


class Exporter:
    def __init__(self, is_watched=True):
        self.prepare = _attach if is_watched else _skip

    def export(self, net):
        self.prepare(net)
        return torch.jit.script(net)


Exporter().export(nn.Sequential(nn.Linear(2, 2)))
