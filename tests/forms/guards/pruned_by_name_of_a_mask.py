# survives: parts that a loop has pruned are freed by another that asks for its attribute
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
for name, m in net.named_modules():
    if isinstance(m, nn.Linear):
        prune.l1_unstructured(m, "weight", amount=0.3)
for name, m in net.named_modules():
    if hasattr(m, "weight_orig"):
        prune.remove(m, "weight")
torch.jit.script(net)
