# breaks: the tuple of inputs has one element
from typing import Tuple

import torch
from torch import nn


def hook(module, input: Tuple[torch.Tensor], output: torch.Tensor):
    print(input[4])  # HKP221


model = nn.Linear(2, 2)
model.register_forward_hook(hook)
torch.jit.script(model)
