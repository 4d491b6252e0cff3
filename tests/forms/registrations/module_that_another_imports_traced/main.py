# survives: what the function of that module puts on the model is gone by then
import again
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2))
handle = again.recording.attach(net)
net(torch.ones(1, 2))
handle.remove()
traced = torch.jit.trace(net, torch.ones(1, 2))
assert len(again.recording.seen) == 1
