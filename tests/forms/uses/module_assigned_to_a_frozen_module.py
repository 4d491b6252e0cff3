# breaks: a frozen module takes no eager module either
import torch
from torch import nn


def hook(module, input, output):
    module.extra = nn.ReLU()  # HKP407


m = torch.jit.freeze(torch.jit.script(nn.Linear(2, 2).eval()))
nn.modules.module.register_module_forward_hook(hook)
m(torch.zeros(1, 2))
