# breaks: compiled code does not come past the `*args` of `logging.info`
import logging
from typing import Tuple

import torch
from torch import nn


def hook(module, input: Tuple[torch.Tensor], output: torch.Tensor):
    logging.info("called")  # HKP501


model = nn.Linear(2, 2)
model.register_forward_hook(hook)
torch.jit.script(model)
