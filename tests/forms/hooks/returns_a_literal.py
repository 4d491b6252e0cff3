# breaks: the annotation says a tuple, the hook returns a number
from typing import Tuple

import torch
from torch import nn


def hook(module, input: Tuple[torch.Tensor]) -> Tuple[torch.Tensor]:
    return 1  # HKP216


model = nn.Linear(2, 2)
model.register_forward_pre_hook(hook)
torch.jit.script(model)
