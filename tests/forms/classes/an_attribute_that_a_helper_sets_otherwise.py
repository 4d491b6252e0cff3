# breaks: for this class the helper sets a value that has no type in compiled code
from typing import Tuple

import torch
from torch import Tensor, nn


def furnish(module, wide):
    if wide:
        module.scale = 2.0
    else:
        module.scale = object()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        furnish(self, wide=False)

    def forward(self, x: Tensor) -> Tensor:
        return x


def hook(m, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * m.scale  # HKP302


net = Net()
net.register_forward_hook(hook)
torch.jit.script(net)
