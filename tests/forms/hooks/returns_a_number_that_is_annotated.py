# survives: the hook gives the number that it is annotated with
from typing import Tuple

import torch
from torch import Tensor, nn


def hook(module, input: Tuple[Tensor], output: Tensor) -> int:
    return 1


model = nn.Linear(2, 2)
model.register_forward_hook(hook)
torch.jit.script(model)(torch.zeros(1, 2))
