# breaks: what `lru_cache` makes of a function has no `__globals__`
from functools import lru_cache
from typing import Tuple

import torch
from torch import Tensor, nn


@lru_cache(maxsize=None)
def hook(module, input: Tuple[Tensor], output: Tensor) -> None:
    print(module.nothing)


model = nn.Linear(2, 2)
model.register_forward_hook(hook)  # HKP202
torch.jit.script(model)
