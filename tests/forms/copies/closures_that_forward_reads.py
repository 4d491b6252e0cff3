# survives: with an error that the program handles: the copy's hook fills the dict of the original
import copy
import torch
from torch import nn


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(4, 8)
        self.block = nn.Linear(8, 8)

    def forward(self, x):
        return self.block(torch.relu(self.stem(x)))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = Backbone()
        self.activations = {}

        def get_activation(name):
            def hook(model, input, output):
                self.activations[name] = output

            return hook

        self.backbone.stem.register_forward_hook(get_activation("stem"))  # HKP820
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        y = self.backbone(x)
        return self.head(torch.cat([y, self.activations["stem"]], -1))


model = Model()
ema = copy.deepcopy(model)
x = torch.randn(3, 4)
try:
    print(ema(x).shape)
except KeyError as missing:
    print("nothing was kept:", missing)
