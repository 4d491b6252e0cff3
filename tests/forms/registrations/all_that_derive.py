# breaks: each class that derives from a base is made and applied
import torch
from torch import nn


class Plugin:
    def apply(self, net):
        raise NotImplementedError


class Shape(Plugin):
    def apply(self, net):
        net.register_forward_hook(self.show)

    def show(self, m, i, o):  # HKP203
        print(o.shape)


net = nn.Linear(2, 2)
for cls in Plugin.__subclasses__():
    cls().apply(net)
torch.jit.script(net)
