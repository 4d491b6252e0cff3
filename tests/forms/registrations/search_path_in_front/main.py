# breaks: the file of a folder in front comes before that beside the program
import os
import sys
import torch
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from attaches_zeta import attach  # noqa: E402

net = nn.Linear(2, 2)
attach(net)
torch.jit.script(net)
