# survives: without an error: the sequential part is inlined, and has no backward hook in the graph
import torch
from torch import nn
from torch.fx import symbolic_trace


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 4)
        self.sub = nn.Sequential(nn.Linear(4, 4), nn.GELU())

    def forward(self, x):
        return self.sub(self.lin(x)).clamp(min=0.0)


m = M()
grads = {}


def save_grad(name):
    def hook(mod, gi, go):
        grads[name] = go[0].norm()

    return hook


for n, c in m.named_children():
    c.register_full_backward_hook(save_grad(n))  # HKP806
gm = symbolic_trace(m)
gm(torch.randn(2, 4)).sum().backward()
print(sorted(grads))
