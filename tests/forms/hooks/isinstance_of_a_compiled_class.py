# survives: a Linear is in the model, so compiled code knows the class
from typing import Tuple

import torch
from torch import nn


def hook(module, input: Tuple[torch.Tensor], output: torch.Tensor):
    if isinstance(module, nn.Linear):
        print(module.weight.shape)


model = nn.Sequential(nn.ReLU(), nn.Linear(2, 2))
model[0].register_forward_hook(hook)
torch.jit.script(model)
