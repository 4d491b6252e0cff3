# breaks: a branch on a proxy, made a tuple where it was none
import torch
from torch import nn
import torch.fx


class Blk(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)
        self.n = nn.LayerNorm(4)

    def forward(self, x):
        return x + self.n(self.l(x))


class Tr(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.blocks = nn.Sequential(*[Blk() for _ in range(n)])

    def forward(self, x):
        return self.blocks(x)


class NanGuard:
    def attach(self, model):
        for name, mod in model.named_modules():
            mod.register_forward_hook(self.check)

    def check(self, mod, inp, out):
        outs = out if isinstance(out, tuple) else (out,)
        for o in outs:
            if torch.isnan(o).any():  # HKP804
                raise RuntimeError("nan in " + type(mod).__name__)


m = Tr()
NanGuard().attach(m)
m(torch.randn(1, 4))
g = torch.fx.symbolic_trace(m)
g(torch.randn(1, 4))
