# survives: each part that has the attribute of pruning is freed of it
import torch
from torch import nn
from torch.nn.utils import prune

net = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
prune.random_unstructured(net[0], name="weight", amount=0.5)
for m in net.modules():
    if hasattr(m, "weight_orig"):
        prune.remove(m, "weight")
torch.jit.script(net)
