# survives: the constructor sets what the hook reads under another name of self, in a loop, and by a helper
from typing import Tuple

import torch
from torch import Tensor, nn

SIZES = ("width", "height")


def furnish(module, wide):
    module.depth = 3
    if wide:
        module.scale = 2.0
    else:
        module.scale = "none"


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        this = self
        this.offset = 1.0
        for name in SIZES:
            setattr(self, name, 4)
        furnish(self, wide=True)

    def forward(self, x: Tensor) -> Tensor:
        return x


def hook(m, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * m.scale + m.offset + m.width + m.height + m.depth


net = Net()
net.register_forward_hook(hook)
print(torch.jit.script(net)(torch.zeros(2)))
