# breaks: nobody gives names, so what `or` gives in their place is an empty list
from typing import Tuple

import torch
from torch import Tensor, nn


class Block(nn.Module):
    def __init__(self, size: int, names=None):
        super().__init__()
        self.names = names or []
        self.fc = nn.Linear(size, size)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def show(module, args: Tuple[Tensor], output: Tensor):
    print(len(module.names))  # HKP302


block = Block(2)
block.register_forward_hook(show)
torch.jit.script(block)
