# survives: no utility is chosen where a flag is off
import torch
from torch import nn


class D(nn.Module):
    def __init__(self, is_normed=False):
        super().__init__()
        norm = nn.utils.weight_norm if is_normed else lambda module: module
        self.conv = norm(nn.Conv1d(1, 1, 3))

    def forward(self, x):
        return self.conv(x)


torch.jit.script(D())
