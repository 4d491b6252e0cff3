# survives: a hook on all modules means no one of them
import torch
from torch import nn


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleDict({"cls": nn.Linear(4, 2), "box": nn.Linear(4, 4)})

    def forward(self, x):
        return {k: h(x) for k, h in self.heads.items()}


m = Heads()
log = []
for name, mod in m.named_modules():
    mod.register_forward_hook(lambda mm, i, o, name=name: log.append(name))
for k in m.heads:
    m.heads[k].register_forward_hook(lambda *a: log.append("x"))
m(torch.randn(1, 4))
print(log)
