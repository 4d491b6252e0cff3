# survives: without an error: the hooks of all clones write to the layer that they were made from
import copy
import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.attn = None

        def save_attn(m, i, o):
            self.attn = o.detach()

        self.fc.register_forward_hook(save_attn)  # HKP820

    def forward(self, x):
        return self.fc(x)


def clones(module, n):
    return nn.ModuleList([copy.deepcopy(module) for _ in range(n)])


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = clones(Layer(), 3)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


enc = Encoder()
enc(torch.ones(1, 4))
for layer in enc.layers:
    assert layer.attn is None
    print(layer.attn is None)
