# breaks: the layers are found in the wrapper once it was called
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(2, 2)
        self.value = nn.Linear(2, 2)

    def forward(self, x):
        return self.query(x) * self.value(x)


def double(module, inputs, output):
    return output * 2


model = torch.compile(Net(), backend="eager")
before = model(torch.ones(1, 2))
for name, layer in model.named_modules():
    if isinstance(layer, nn.Linear):
        layer.register_forward_hook(double)  # HKP701
assert not torch.equal(before, model(torch.ones(1, 2)))
