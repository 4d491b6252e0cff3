# survives: what stands behind the error that is suppressed is never set, and the hook asks for it first
import contextlib
from typing import Tuple

import torch
from torch import Tensor, nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        with contextlib.suppress(AttributeError):
            self.scale = self.not_there
            self.offset = object()

    def forward(self, x: Tensor) -> Tensor:
        return x


def hook(m, input: Tuple[Tensor], output: Tensor) -> Tensor:
    if hasattr(m, "offset"):
        print(m.offset)
    return output


net = Net()
net.register_forward_hook(hook)
print(torch.jit.script(net)(torch.zeros(2)))
