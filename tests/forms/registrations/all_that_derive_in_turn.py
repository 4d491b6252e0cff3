# survives: of the classes that derive, the last takes the hook off
import torch
from torch import nn


class Step:
    def run(self, net):
        return net


class Hooking(Step):
    def run(self, net):
        self.h = net.register_forward_hook(lambda m, i, o: None)
        return net


class Undo(Step):
    def run(self, net):
        net._forward_hooks.clear()
        return net


net = nn.Linear(2, 2)
for cls in Step.__subclasses__():
    net = cls().run(net)
torch.jit.script(net)
