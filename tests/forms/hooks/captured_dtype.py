# breaks: a dtype from around the hook is no value for compiled code
from typing import Tuple

import torch
from torch import nn


def attach(model):
    dtype = torch.float16

    def hook(module, input: Tuple[torch.Tensor]) -> torch.Tensor:  # HKP213
        return input[0].to(dtype)

    model.register_forward_pre_hook(hook)


model = nn.Linear(2, 2)
attach(model)
torch.jit.script(model)
