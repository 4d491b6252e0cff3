# breaks: what a property is set to gets a hook
import torch
from torch import nn


class Runner:
    def __init__(self, net):
        self.net = net

    @property
    def net(self):
        return self._net

    @net.setter
    def net(self, value):
        value.register_forward_hook(lambda m, i, o: None)  # HKP201
        self._net = value


r = Runner(nn.Linear(2, 2))
torch.jit.script(r.net)
