"""Logger told once per run."""

import logging

import torch
from torch import nn

logger = logging.getLogger("model")


class Once:
    def __init__(self):
        self.is_told = False

    def __call__(self, module, inputs, output):
        if not self.is_told:
            self.is_told = True
            logger.warning("first output %s", tuple(output.shape))


# the program
model = nn.Linear(2, 2).eval()
model.register_forward_hook(Once())  # planted: HKP109
x = torch.ones(1, 2)
eager = model(x)
traced = torch.jit.trace(model, x)
scripted = traced(x)
print(eager, scripted)
