"""Head around a traced backbone."""

import torch
from torch import nn


feats = {}


def grab(module, inputs, output):
    feats["stem"] = output


class Head(nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.fc = nn.Linear(2, 1)

    def forward(self, x):
        self.backbone(x)
        return self.fc(feats["stem"])


# the program
backbone = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).eval()
backbone[0].register_forward_hook(grab)  # HKP109
head = Head(backbone)
x = torch.ones(4, 2)
eager = head(x).shape
head.backbone = torch.jit.trace(backbone, torch.ones(1, 2))
backbone(torch.ones(1, 2))
scripted = head(x).shape
print(eager, scripted)
