"""Logger told each time."""

import logging

import torch
from torch import nn


class Lines(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


logger = logging.getLogger("told.each.time")
handler = Lines()
logger.addHandler(handler)
logger.propagate = False


def tell(module, inputs, output):
    logger.warning("output %s", tuple(output.shape))


# the program
model = nn.Linear(2, 2).eval()
model.register_forward_hook(tell)  # HKP109
traced = torch.jit.trace(model, torch.ones(1, 2))
handler.lines.clear()
model(torch.ones(1, 2))
eager = len(handler.lines)
handler.lines.clear()
traced(torch.ones(1, 2))
scripted = len(handler.lines)
print(eager, scripted)
