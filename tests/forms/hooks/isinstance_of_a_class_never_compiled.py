# breaks: compiled code knows only the classes of modules that were compiled before
from typing import Tuple

import torch
from torch import nn


def hook(module, input: Tuple[torch.Tensor], output: torch.Tensor):
    if isinstance(module, (nn.Linear, nn.ConvTranspose3d)):  # HKP305
        print(module.weight.shape)


model = nn.Linear(2, 2)
model.register_forward_hook(hook)
torch.jit.script(model)
