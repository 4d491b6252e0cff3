# survives: what a hook does to its output is part of the graph
import torch
from torch import nn
from torch.fx import symbolic_trace


class Double(nn.Module):
    def forward(self, x):
        return x * 2


def test_equal():
    m = nn.Sequential(Double(), nn.Linear(2, 2)).eval()
    m[0].register_forward_hook(lambda mod, i, o: o + 1)
    gm = symbolic_trace(m)
    x = torch.randn(3, 2)
    assert torch.allclose(gm(x), m(x))


test_equal()
print("ok")
