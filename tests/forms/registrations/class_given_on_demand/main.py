# breaks: a package finds a class by its relative name when it is asked for
import torch
from torch import nn
from lazy_tools import Recorder

net = nn.Sequential(nn.Linear(2, 2))
rec = Recorder(net)
torch.jit.script(net)
