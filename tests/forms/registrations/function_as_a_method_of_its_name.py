# breaks: `attach = attach` makes a method of the file's function
import torch
from torch import nn


def attach(self):
    self.net.register_forward_hook(lambda m, i, o: None)  # HKP201


class Runner:
    attach = attach

    def __init__(self, net):
        self.net = net


r = Runner(nn.Linear(2, 2))
r.attach()
torch.jit.script(r.net)
