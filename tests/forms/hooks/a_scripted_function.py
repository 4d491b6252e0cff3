# breaks: a ScriptFunction has no `__globals__`
from typing import Tuple

import torch
from torch import nn


@torch.jit.script
def hook(x: torch.Tensor, input: Tuple[torch.Tensor]) -> torch.Tensor:
    return input[0] * 2


model = nn.Linear(2, 2)
model.register_forward_pre_hook(hook)  # HKP202
torch.jit.script(model)
