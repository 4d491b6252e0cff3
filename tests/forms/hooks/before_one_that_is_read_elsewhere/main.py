# survives: the hook registered first gives the next one its tuple, whatever reads the model afterwards
import sys
from typing import Tuple

import torch
from torch import nn

from harness import check


class Net(nn.Module):
    def forward(self, x: str):
        return x


def create():
    m = Net()

    def hook1(self, input: Tuple[str], output: str):
        return output, output

    def hook2(self, input: Tuple[str], output: Tuple[str, str]):
        return output[0]

    m.register_forward_hook(hook1)
    m.register_forward_hook(hook2)
    return m


def test_create():
    check(create())


def test_other():
    torch.jit.script(Net())


if __name__ == "__main__":
    for name in ("test_create", "test_other"):
        getattr(sys.modules[__name__], name)()
