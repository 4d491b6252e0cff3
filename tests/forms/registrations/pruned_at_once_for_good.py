# survives: what was pruned is made permanent
import torch
from torch import nn
from torch.nn.utils import prune


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 2)

    def forward(self, x):
        return self.second(self.first(x))


net = Net()
layers = ((net.first, "weight"), (net.second, "weight"))
prune.global_unstructured(layers, pruning_method=prune.L1Unstructured, amount=0.2)
for module, name in layers:
    prune.remove(module, name)
torch.jit.script(net)
