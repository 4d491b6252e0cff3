# breaks: `math.pi` in full is a constant, under a name of its own it is a Python float
from math import pi
from typing import Tuple

import torch
from torch import Tensor, nn


def hook(module, input: Tuple[Tensor], output: Tensor) -> Tensor:  # HKP213
    return output * pi


model = nn.Linear(2, 2)
model.register_forward_hook(hook)
torch.jit.script(model)
