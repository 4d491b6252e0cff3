# survives: what a loop has pruned is freed one by one
import torch
from torch import nn
from torch.nn.utils import prune


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)

    def forward(self, x):
        return self.b(self.a(x))


net = Net()
for m in net.children():
    prune.l1_unstructured(m, "weight", amount=0.3)
if hasattr(net.a, "weight_mask"):
    for m in (net.a, net.b):
        prune.remove(m, "weight")
torch.jit.script(net)
