# survives: what is popped last is the other model
import torch
from torch import nn


def bad(module, inputs, output):
    print(module.nothing)


net, other = nn.Sequential(nn.Linear(2, 2)), nn.ReLU()
waiting = [other, net]
while waiting:
    last = waiting.pop()
last.register_forward_hook(bad)
torch.jit.script(net)
