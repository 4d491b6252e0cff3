# breaks: outside of a class `staticmethod` gives an object without `__globals__`
from typing import Tuple

import torch
from torch import nn


def attach(model):
    @staticmethod
    def hook(module, input: Tuple[torch.Tensor], output: torch.Tensor):
        print(output)

    model.register_forward_hook(hook)  # HKP202


model = nn.Linear(2, 2)
attach(model)
torch.jit.script(model)
