# survives: only one of the two hooks is ever on a layer
from typing import Tuple

import torch
from torch import nn


def doubling():
    def hook(module, inputs: Tuple[torch.Tensor], output: torch.Tensor):
        return output * 2

    return hook


def halving():
    def hook(module, inputs: Tuple[torch.Tensor], output: torch.Tensor):
        return output / 2

    return hook


def install(layer, is_doubled):
    if is_doubled:
        layer.register_forward_hook(doubling())
    else:
        layer.register_forward_hook(halving())


def main(is_doubled):
    net = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    install(net[0], is_doubled)
    torch.jit.script(net)(torch.ones(1, 4))


main(True)
main(False)
