# survives: both hooks stand on the module, whoever scripts the model that `build` returns
from typing import Tuple

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def forward(self, x: Tensor):
        return x, x


def build():
    net = Net()

    def pick(module, input: Tuple[Tensor], output: Tuple[Tensor, Tensor]):
        return output[0]

    def double(module, input: Tuple[Tensor], output: Tensor):
        return output * 2

    net.register_forward_hook(pick)
    net.register_forward_hook(double)
    return net


BUILDERS = {"net": build}


def run(name):
    torch.jit.script(Net())
    return torch.jit.script(BUILDERS[name]())


run("net")
