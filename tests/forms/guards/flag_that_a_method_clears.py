# survives: a method of the object that puts hooks on was told not to
import torch
from torch import nn


class Probe:
    def __init__(self):
        self.enabled = True

    def disable(self):
        self.enabled = False

    def attach(self, net):
        if self.enabled:
            net.register_forward_hook(lambda m, i, o: None)


net = nn.Linear(2, 2)
probe = Probe()
probe.disable()
probe.attach(net)
torch.jit.script(net)
