# breaks: a dtype from around the hook is no value for compiled code
# known gap: a captured dtype is taken for a constant
from typing import Tuple

import torch
from torch import nn


def attach(model):
    dtype = torch.float16

    def hook(module, input: Tuple[torch.Tensor]) -> torch.Tensor:
        return input[0].to(dtype)  # HKP213

    model.register_forward_pre_hook(hook)


model = nn.Linear(2, 2)
attach(model)
torch.jit.script(model)
