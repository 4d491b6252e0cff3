# survives: torch compiles the function that the decorator returns, which never calls the hook
from typing import Tuple

import torch
from torch import Tensor, nn


def switched_off(fn):
    def inner(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
        return output

    return inner


@switched_off
def hook(module, input, output):
    print(module.nothing, output.names)
    return [output]


model = nn.Linear(2, 2)
model.register_forward_hook(hook)
torch.jit.script(model)(torch.zeros(1, 2))
