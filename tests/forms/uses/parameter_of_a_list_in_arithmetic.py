# survives: the items of a `ParameterList` are tensors in compiled code, and tensors have operators
from typing import Tuple

import torch
from torch import Tensor, nn


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = nn.ParameterList([nn.Parameter(torch.ones(2)), nn.Parameter(torch.zeros(2))])

    def forward(self, x: Tensor) -> Tensor:
        return x + 1


def scale(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    result = output * module.weights[0]
    for weight in module.weights:
        result = result + weight
    return result


model = Scaled()
model.register_forward_hook(scale)
print(torch.jit.script(model)(torch.ones(1, 2)))
