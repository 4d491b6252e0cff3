# survives: leaves are called with their hooks
import torch
from torch import nn, fx

shapes = {}


def add(name):
    def hook(m, i, o):
        shapes[name] = tuple(o.shape)

    return hook


model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
model(torch.randn(1, 3, 8, 8))
for n, m in model.named_children():
    m.register_forward_hook(add(n))
gm = fx.symbolic_trace(model)
gm(torch.randn(1, 3, 8, 8))
print(shapes)
