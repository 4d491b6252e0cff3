# breaks: a usage message is not what keeps the hook off
import sys

import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


if len(sys.argv) > 9:
    print("usage: show MODEL")
    sys.exit(2)
model = torch.jit.script(nn.ReLU())
model.register_forward_hook(show)  # HKP101
