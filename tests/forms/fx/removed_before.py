# survives: nothing is left on the parts
import torch
from torch import nn, fx


class B(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(3, 3)

    def forward(self, x):
        return self.l(x)


m = nn.Sequential(B(), B())
seen = []
hs = [b.register_forward_hook(lambda mod, i, o: seen.append(o.shape)) for b in m]
m(torch.randn(1, 3))
for h in hs:
    h.remove()
gm = fx.symbolic_trace(m)
gm(torch.randn(1, 3))
print(seen, gm.code)
