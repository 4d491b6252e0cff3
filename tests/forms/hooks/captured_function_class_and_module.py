# survives: functions, classes and Python modules from outside, and what torch defines, are known
import math
from typing import Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

activate = F.relu


def attach(model, half=F.gelu):
    kind = Tensor

    def hook(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        if isinstance(output, kind):
            output = activate(output) * math.pi
        return half(output).to(torch.float16)

    model.register_forward_hook(hook)


model = nn.Linear(2, 2)
attach(model)
torch.jit.script(model)(torch.zeros(1, 2))
