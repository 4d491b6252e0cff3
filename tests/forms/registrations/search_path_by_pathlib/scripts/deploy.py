import sys
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "borrowed"))
from watch_above import attach

net = nn.Linear(2, 2)
attach(net)
torch.jit.script(net)
