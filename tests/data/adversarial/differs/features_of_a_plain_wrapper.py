"""Features of a plain wrapper."""

import torch
from torch import nn


class Features:
    def __init__(self, model):
        self.model = model
        self.kept = None
        model[0].register_forward_hook(self.keep)  # HKP109

    def keep(self, module, inputs, output):
        self.kept = output

    def __call__(self, x):
        self.model(x)
        return self.kept


# the program
model = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).eval()
features = Features(model)
x = torch.ones(4, 2)
eager = features(x).shape
features.model = torch.jit.trace(model, torch.ones(1, 2))
scripted = features(x).shape
print(eager, scripted)
