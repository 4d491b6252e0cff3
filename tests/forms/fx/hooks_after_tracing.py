# survives: without an error: the graph does not look at its source again
import torch
from torch import nn, fx


class Blk(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(4, 4)

    def forward(self, x):
        return torch.relu(self.l(x))


model = nn.Sequential(Blk(), Blk())
traced = fx.symbolic_trace(model)
hits = 0


def bump(*_):
    global hits
    hits += 1


for m in model.children():
    m.register_forward_hook(bump)  # HKP807
for _ in range(5):
    traced(torch.randn(2, 4))
print("hits:", hits)
