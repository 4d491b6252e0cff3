# breaks: torch decides the test while it compiles, and compiles what stands under it
from typing import Tuple

import torch
from torch import Tensor, nn


class Graph(nn.Module):
    def __init__(self):
        super().__init__()
        self.flag = True
        self.irreps = {"a": object()}

    def forward(self, x: Tensor) -> Tensor:
        return x + 1


def hook(mod, inp: Tuple[Tensor], out: Tensor):
    if hasattr(mod, "flag"):
        print(mod.irreps)  # HKP302


m = Graph()
m.register_forward_hook(hook)
torch.jit.script(m)
