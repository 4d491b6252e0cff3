# survives: the program ends where the model is scripted
import sys

import torch
from torch import nn

SCRIPTED = (torch.jit.ScriptModule, torch.jit.ScriptFunction)


def show(module, inputs, output):
    print(output.shape)


def leave(message):
    print(message)
    sys.exit(0)


model = torch.jit.script(nn.ReLU())
if isinstance(model, SCRIPTED):
    leave("no hooks on this one")
model.register_forward_hook(show)
