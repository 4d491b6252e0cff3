# survives: the wrapper has no such layers, and the model inside is called by Python
import torch
from torch import nn

outputs = []


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)


def keep(module, inputs, output):
    outputs.append(output.detach())


model = torch.compile(Net(), backend="eager")
model(torch.ones(1, 2))
for layer in model.modules():
    if isinstance(layer, nn.Conv2d):
        layer.register_forward_hook(keep)
for layer in model.modules():
    if isinstance(layer, Net):
        layer.register_forward_hook(keep)
model(torch.ones(1, 2))
assert len(outputs) == 1
