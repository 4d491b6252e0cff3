# breaks: the helper is in a folder beside the program, which puts it on `sys.path`
import os
import sys
import torch
from torch import nn

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "tools_beside"))
import watch_beside

net = nn.Linear(2, 2)
watch_beside.attach(net)
torch.jit.script(net)
