# survives: parts that are parametrized are freed of that
import torch
from torch import nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import weight_norm

net = nn.Sequential(weight_norm(nn.Linear(4, 4)), nn.ReLU())
for m in net.modules():
    if hasattr(m, "parametrizations"):
        parametrize.remove_parametrizations(m, "weight", leave_parametrized=True)
torch.jit.script(net)(torch.ones(1, 4))
