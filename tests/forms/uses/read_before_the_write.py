# breaks: the traced module has lost the attribute when it is read
import torch
from torch import nn


def hook(module, input, output):
    module.backup = module.track_running_stats  # HKP401
    module.track_running_stats = False


m = torch.jit.trace(nn.BatchNorm1d(2), torch.zeros(3, 2))
m.register_forward_hook(hook)
m(torch.zeros(3, 2))
