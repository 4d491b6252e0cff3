# breaks: two hooks of one name, the second bound over the first at the level of the file
from typing import Tuple

import torch
from torch import nn

model = nn.Linear(2, 2)


def hook(module, input: Tuple[torch.Tensor], output: torch.Tensor):
    print(1)


model.register_forward_hook(hook)


def hook(module, input: Tuple[torch.Tensor], output: torch.Tensor):  # HKP206 HKP212
    print(2)


model.register_forward_hook(hook)
torch.jit.script(model)
