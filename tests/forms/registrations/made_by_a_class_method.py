# breaks: a class method makes an object of its class, which puts a hook on
import torch
from torch import nn


class Probe:
    def __init__(self, module):
        self.handle = module.register_forward_hook(self.show)

    @classmethod
    def on_each(cls, model):
        return [cls(module) for module in model]

    def show(self, module, inputs, output):  # HKP203
        print(output.shape)


net = nn.Sequential(nn.Linear(2, 2))
probes = Probe.on_each(net)
torch.jit.script(net)
