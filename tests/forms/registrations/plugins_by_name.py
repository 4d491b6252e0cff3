# breaks: a base keeps its subclasses by the name that they give
import torch
from torch import nn


class Plugin:
    plugins = {}

    def __init_subclass__(cls, name=None, **kw):
        super().__init_subclass__(**kw)
        if name:
            cls.plugins[name] = cls


class Shape(Plugin, name="shape"):
    def apply(self, net):
        net.register_forward_hook(self.show)

    def show(self, m, i, o):  # HKP203
        print(o.shape)


net = nn.Linear(2, 2)
Plugin.plugins["shape"]().apply(net)
torch.jit.script(net)
