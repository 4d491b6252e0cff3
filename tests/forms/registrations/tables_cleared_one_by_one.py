# survives: hooks that a loop has put on are cleared from each part
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)

    def forward(self, x):
        return self.b(self.a(x))


net = Net()
for m in net.children():
    m.register_forward_hook(lambda m, i, o: None)
for m in (net.a, net.b):
    m._forward_hooks.clear()
torch.jit.script(net)
