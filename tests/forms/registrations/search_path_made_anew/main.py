# breaks: `sys.path` is made anew of a folder and what was there
import os
import sys

sys.path = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"), *sys.path]

import torch  # noqa: E402
from torch import nn  # noqa: E402
from attaches_iota import attach  # noqa: E402

net = nn.Linear(2, 2)
attach(net)
torch.jit.script(net)
