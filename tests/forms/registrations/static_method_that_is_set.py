# breaks: a static method is set on the class
import torch
from torch import nn


class Tool:
    pass


def put(net):
    net.register_forward_hook(lambda m, i, o: None)  # HKP201


Tool.setup = staticmethod(put)
net = nn.Linear(2, 2)
Tool.setup(net)
torch.jit.script(net)
