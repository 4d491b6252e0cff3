from torch import nn


def build():
    return nn.Sequential(nn.Linear(2, 2), nn.ReLU())
