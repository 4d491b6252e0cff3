# breaks: `spectral_norm` is chosen by `if` and called by another name
import torch
from torch import nn


class D(nn.Module):
    def __init__(self, is_spectral=True):
        super().__init__()
        if is_spectral:
            norm = nn.utils.spectral_norm
        else:
            norm = nn.utils.weight_norm
        self.conv = norm(nn.Conv1d(1, 1, 3))  # HKP116

    def forward(self, x):
        return self.conv(x)


torch.jit.script(D())
