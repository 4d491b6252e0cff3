"""Attention drawn by the scripted model."""

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.scores = nn.Softmax(dim=-1)

    def forward(self, x):
        return self.scores(x @ x.transpose(-1, -2)) @ x


maps = []

# the program
model = Attention().eval()
compiled = torch.jit.script(model)
model.scores.register_forward_hook(lambda module, inputs, output: maps.append(output))  # HKP107
x = torch.ones(3, 2)
model(x)
eager = len(maps)
maps.clear()
compiled(x)
scripted = len(maps)
print(eager, scripted)
