# breaks: hooks of another file are registered by name
import torch
from torch import nn
import hooks_by_name  # noqa: F401
from table_of_hooks import attach

net = nn.Linear(2, 2)
attach(net, "shape")
torch.jit.script(net)
