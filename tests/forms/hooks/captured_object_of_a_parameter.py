# breaks: an object of a project class is no value for compiled code
from typing import Tuple

import torch
from torch import nn


class State:
    def __init__(self):
        self.scale = 2.0


def install(state, module: nn.Module):
    def hook(module, input: Tuple[torch.Tensor]) -> torch.Tensor:  # HKP213
        return input[0] * state.scale

    module.register_forward_pre_hook(hook)


model = nn.Linear(2, 2)
install(State(), model)
torch.jit.script(model)
