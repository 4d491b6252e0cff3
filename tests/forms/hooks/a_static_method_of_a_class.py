# survives: a class gives the plain function of its static method
from typing import Tuple

import torch
from torch import Tensor, nn


class Hooks:
    @staticmethod
    def double(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output * 2


model = nn.Linear(2, 2)
model.register_forward_hook(Hooks.double)
torch.jit.script(model)(torch.zeros(1, 2))
