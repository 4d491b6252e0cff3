"""Features also read outside."""

import torch
from torch import nn


class Extractor(nn.Module):
    def __init__(self, backbone, names):
        super().__init__()
        self.backbone = backbone
        self.names = names
        self.features = {}
        layers = dict(backbone.named_modules())
        for name in names:
            layers[name].register_forward_hook(self.saver(name))  # HKP109

    def saver(self, name):
        def save(module, inputs, output):
            self.features[name] = output

        return save

    def forward(self, x):
        self.backbone(x)
        return [self.features[name] for name in self.names]


# the program
backbone = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3))
extractor = Extractor(backbone, ["0", "2"]).eval()
traced = torch.jit.trace(extractor, torch.zeros(1, 2))
eager = extractor(torch.randn(3, 2))[0].shape
extractor(torch.zeros(1, 2))
traced(torch.randn(3, 2))
scripted = extractor.features["0"].shape
print(eager, scripted)
