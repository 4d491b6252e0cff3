# breaks: the function of a module that `again` imports puts a lambda on what is scripted
import again
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2))
again.recording.attach(net)
scripted = torch.jit.script(net)
