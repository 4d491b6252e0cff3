# breaks: pruning at once puts a hook object on each of the layers
import torch
from torch import nn
from torch.nn.utils import prune

net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
layers = [(module, "weight") for module in net.modules() if isinstance(module, nn.Linear)]
prune.global_unstructured(layers, pruning_method=prune.L1Unstructured, amount=0.2)  # HKP116
torch.jit.script(net)
