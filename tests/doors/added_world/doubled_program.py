"""A program of the added world, with what is expected at the ends of lines."""

import packing as p
import torch
from packing import twin as duplicate
from torch import nn

seen: list[torch.Tensor] = []


def record(module, inputs, output):
    seen.append(output)


def double(module, inputs, output):
    return output * 2


def average_of(net):
    net[0].register_forward_hook(record)  # HKP890 certain
    net[0].register_forward_hook(double)
    return p.twin(net)


def late():
    net = nn.Sequential(nn.Linear(4, 4))
    twin = duplicate(net)
    net.register_forward_hook(record)
    return twin


def never(net):
    net.register_forward_hook(record)  # HKP890 possible
    return net


def packed():
    net = nn.Sequential(nn.Linear(4, 4))
    net.register_forward_hook(record)  # pack: dropped  # HKP890 possible
    package = p.pack(net)
    package.register_forward_hook(record)  # pack: refused  # HKP890 possible
    return package


def packed_by_itself(ready: bool):
    net = nn.Linear(4, 4)
    package = net.to_package()
    if ready:
        net.register_forward_hook(double)  # pack: not called
    return package


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)


def watch(net: Net):
    net.register_forward_hook(record)  # HKP890 likely


def average():
    return p.twin(Net())


average_of(nn.Sequential(nn.Linear(4, 4)))
