# survives: the object puts hooks on only while it is entered
import torch
from torch import nn


class Probe:
    def __init__(self, net):
        self.on = False
        self.net = net

    def __enter__(self):
        self.on = True
        return self

    def __exit__(self, *a):
        self.on = False

    def attach(self):
        if self.on:
            self.net.register_forward_hook(lambda m, i, o: None)


net = nn.Linear(2, 2)
with Probe(net) as p:
    pass
p.attach()
torch.jit.script(net)
