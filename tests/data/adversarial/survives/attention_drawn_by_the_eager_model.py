"""Attention drawn by the eager model."""

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.scores = nn.Softmax(dim=-1)

    def forward(self, x):
        return self.scores(x @ x.transpose(-1, -2)) @ x


def draw(model, x):
    maps = []

    def keep(module, inputs, output):
        maps.append(output)

    handle = model.scores.register_forward_hook(keep)  # planted: HKP107
    try:
        model(x)
    finally:
        handle.remove()
    return maps[0].sum()


# the program
model = Attention().eval()
compiled = torch.jit.script(model)
x = torch.ones(3, 2)
eager = draw(model, x)
y = compiled(x)
scripted = draw(model, x)
print(eager, scripted, y.shape)
