# survives: the file beside the program comes before that of a folder behind
import os
import sys
import torch
from torch import nn

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from attaches_epsilon import attach  # noqa: E402

net = nn.Linear(2, 2)
attach(net)
torch.jit.script(net)
