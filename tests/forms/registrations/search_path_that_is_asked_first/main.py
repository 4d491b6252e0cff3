# breaks: the folder is put on `sys.path` unless it is there
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIB = os.path.join(HERE, "lib")
if LIB not in sys.path:
    sys.path.insert(0, LIB)

import torch  # noqa: E402
from torch import nn  # noqa: E402
from attaches_gamma import attach  # noqa: E402

net = nn.Linear(2, 2)
attach(net)
torch.jit.script(net)
