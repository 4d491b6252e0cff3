# survives: the setter of a property takes hooks off
import torch
from torch import nn


class Exp:
    def __init__(self):
        self._net = None

    @property
    def net(self):
        return self._net

    @net.setter
    def net(self, value):
        for m in value.modules():
            m._forward_hooks.clear()
        self._net = value


net = nn.Linear(2, 2)
net.register_forward_hook(lambda m, i, o: None)
e = Exp()
e.net = net
torch.jit.script(e.net)
