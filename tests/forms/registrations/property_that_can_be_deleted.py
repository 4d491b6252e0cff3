# breaks: a property with a deleter gives the module
import torch
from torch import nn


class Exp:
    def __init__(self, net):
        self._net = net

    @property
    def net(self):
        return self._net

    @net.setter
    def net(self, value):
        self._net = value

    @net.deleter
    def net(self):
        del self._net


net = nn.Linear(2, 2)
e = Exp(net)
e.net.register_forward_hook(lambda m, i, o: None)  # HKP201
torch.jit.script(e.net)
