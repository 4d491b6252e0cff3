# breaks: a list of another file keeps the functions that put hooks on
import torch
from kept_installers import INSTALLERS
from torch import nn

net = nn.Linear(2, 2)
for install in INSTALLERS:
    install(net)
torch.jit.script(net)
