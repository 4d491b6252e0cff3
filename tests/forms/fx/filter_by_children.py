# survives: only leaves have the hook
import torch
from torch import nn, fx


class B(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(3, 3)
        self.drop = nn.Dropout()

    def forward(self, x):
        return self.drop(self.l(x))


m = nn.Sequential(B(), B()).eval()
seen = []
for name, mod in m.named_modules():
    if len(list(mod.children())) == 0:
        mod.register_forward_hook(lambda mod, i, o: seen.append(float(o.sum())))
for name, child in m.named_children():
    if "x" in name:
        child.register_forward_hook(lambda mod, i, o: seen.append(float(o.sum())))
gm = fx.symbolic_trace(m)
gm(torch.randn(1, 3))
print(len(seen))
