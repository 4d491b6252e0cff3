"""Weights of an attention."""

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.MultiheadAttention(4, 1, batch_first=True)
        self.weights = None
        self.mix.register_forward_hook(self.keep_weights)  # planted: HKP109

    def keep_weights(self, module, inputs, output):
        _, self.weights = output

    def forward(self, x):
        mixed, _ = self.mix(x, x, x)
        return mixed, self.weights.argmax(-1)


# the program
attention = Attention().eval()
traced = torch.jit.trace(attention, torch.ones(1, 3, 4))
x = torch.randn(1, 3, 4)
eager = attention(x)
scripted = traced(x)
print([a.sum() for a in eager], [a.sum() for a in scripted])
