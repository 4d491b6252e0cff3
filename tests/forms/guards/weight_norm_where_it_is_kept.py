# survives: weight norm is taken off each part that has its attribute
import torch
from torch import nn
from torch.nn.utils import weight_norm, remove_weight_norm

net = nn.Sequential(weight_norm(nn.Linear(4, 4)), nn.ReLU())
net.apply(lambda m: remove_weight_norm(m) if hasattr(m, "weight_g") else None)
torch.jit.script(net)
