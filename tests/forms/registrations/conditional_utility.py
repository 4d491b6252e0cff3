# breaks: `weight_norm` is chosen by a condition and called by another name
import torch
from torch import nn


class D(nn.Module):
    def __init__(self, use_spectral_norm=False):
        super().__init__()
        norm_f = nn.utils.spectral_norm if use_spectral_norm else nn.utils.parametrizations.weight_norm
        self.conv = norm_f(nn.Conv1d(1, 1, 3))

    def forward(self, x):
        return self.conv(x)


class D2(nn.Module):
    def __init__(self, use_spectral_norm=False):
        super().__init__()
        norm_f = nn.utils.spectral_norm if use_spectral_norm else nn.utils.weight_norm
        self.conv = norm_f(nn.Conv1d(1, 1, 3))  # HKP116

    def forward(self, x):
        return self.conv(x)


if __name__ == "__main__":
    torch.jit.script(D2())
