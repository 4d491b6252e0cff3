# survives: what the function of that module puts on the model is gone by then
import tools_again
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2))
handle = tools_again.recorded_again.attach(net)
net(torch.ones(1, 2))
handle.remove()
traced = torch.jit.trace(net, torch.ones(1, 2))
assert len(tools_again.recorded_again.seen) == 1
