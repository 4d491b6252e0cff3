# survives: the tracer makes the part a leaf
import torch
from torch import nn, fx


class B(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(3, 3)

    def forward(self, x):
        return self.l(x)


class T(fx.Tracer):
    def is_leaf_module(self, m, q):
        return isinstance(m, B) or super().is_leaf_module(m, q)


m = nn.Sequential(B(), B())
seen = []
m[0].register_forward_hook(lambda mod, i, o: seen.append(float(o.sum())))
g = T().trace(m)
gm = fx.GraphModule(m, g)
gm(torch.randn(1, 3))
print(len(seen))
