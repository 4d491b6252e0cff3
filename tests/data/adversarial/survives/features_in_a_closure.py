"""Features in a closure."""

import torch
from torch import nn


def build(layer, head):
    kept = {}

    def keep(module, inputs, output):
        kept["layer"] = output

    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = layer
            self.head = head

        def forward(self, x):
            return self.head(self.layer(x)) + kept["layer"].mean()

    layer.register_forward_hook(keep)  # planted: HKP109
    return Both()


# the program
model = build(nn.Linear(2, 2), nn.Linear(2, 1)).eval()
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = model(x)
scripted = traced(x)
print(eager, scripted)
