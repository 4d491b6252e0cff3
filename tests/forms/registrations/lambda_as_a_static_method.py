# breaks: a lambda is a static method
import torch
from torch import nn


class Tool:
    setup = staticmethod(lambda net: net.register_forward_hook(lambda m, i, o: None))  # HKP201


net = nn.Linear(2, 2)
Tool().setup(net)
torch.jit.script(net)
