# breaks: the tuple of inputs has one element
# known gap: indexes of the input are not looked at
from typing import Tuple

import torch
from torch import nn


def hook(module, input: Tuple[torch.Tensor], output: torch.Tensor):
    print(input[4])  # HKP???


model = nn.Linear(2, 2)
model.register_forward_hook(hook)
torch.jit.script(model)
