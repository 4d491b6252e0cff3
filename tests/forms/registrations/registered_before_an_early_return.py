# breaks: which way a helper returns is not known, and on the first it has registered
import sys
from typing import Tuple

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.seen = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def remember(module, input: Tuple[torch.Tensor], output: torch.Tensor):
    module.seen.append(output)  # HKP302


def attach(model):
    if len(sys.argv) < 9:
        model.register_forward_hook(remember)
        return
    print("left alone")


net = Net()
attach(net)
torch.jit.script(net)
