# breaks: Python evaluates the default of `getattr` whether it is used or not
import torch
from torch import nn


def keep(module, args, output):
    print(getattr(module, "original_name", module.forward.__func__))  # HKP411


scripted = torch.jit.script(nn.Linear(2, 2))
nn.Module.register_forward_hook(scripted, keep)
scripted(torch.ones(1, 2))
