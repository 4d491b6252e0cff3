# breaks: no annotation makes a returned number a tuple
# unsaid: only annotations are missing
from typing import Tuple

import torch
from torch import nn


def hook(module, input: Tuple[torch.Tensor]):  # HKP207
    return 1


model = nn.Linear(2, 2)
model.register_forward_pre_hook(hook)
torch.jit.script(model)
