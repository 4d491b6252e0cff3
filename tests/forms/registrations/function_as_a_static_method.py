# breaks: `setup = staticmethod(put)` calls the function with what it is given
import torch
from torch import nn


def show(m, i, o):  # HKP204
    print(o)


def put(net):
    net.register_forward_hook(show)


class Runner:
    setup = staticmethod(put)

    def __init__(self, net):
        self.net = net

    def run(self):
        self.setup(self.net)
        return torch.jit.script(self.net)


Runner(nn.Linear(2, 2)).run()
