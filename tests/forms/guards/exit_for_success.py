# breaks: unless somebody sets a variable, the program goes on to the hook
import os
import sys

import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


if os.environ.get("ONLY_TRAIN_THE_MODEL"):
    sys.exit(0)
model = torch.jit.script(nn.ReLU())
model.register_forward_hook(show)  # HKP101
