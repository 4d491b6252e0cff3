# breaks: a frozen module keeps the constant, which cannot be set
import torch
from torch import nn


def hook(module, input, output):
    module.track_running_stats = False  # HKP407


m = torch.jit.freeze(torch.jit.script(nn.BatchNorm1d(2).eval()))
nn.modules.module.register_module_forward_hook(hook)
m(torch.zeros(3, 2))
