# breaks: a function is set on the class, and called on the object
import torch
from torch import nn


class Runner:
    def __init__(self, net):
        self.net = net


def attach(self):
    self.net.register_forward_hook(lambda m, i, o: None)  # HKP201


Runner.attach = attach
r = Runner(nn.Linear(2, 2))
r.attach()
torch.jit.script(r.net)
