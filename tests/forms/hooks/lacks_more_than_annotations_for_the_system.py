# breaks: once it is annotated, the call into Python's library does not compile either
# unsaid: only annotations are missing
import os

import torch
from torch import nn


def hook(module, input, output):  # HKP204
    print(os.getcwd())  # HKP501


model = nn.Linear(2, 2)
model.register_forward_hook(hook)
torch.jit.script(model)
