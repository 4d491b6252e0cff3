# breaks: a property with a setter gives the module that has the hook
import torch
from torch import nn


class Runner:
    def __init__(self, net):
        self._net = net
        net.register_forward_hook(lambda m, i, o: None)  # HKP201

    @property
    def net(self):
        return self._net

    @net.setter
    def net(self, value):
        self._net = value


n = nn.Linear(2, 2)
r = Runner(n)
torch.jit.script(r.net)
