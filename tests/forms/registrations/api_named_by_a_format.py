# breaks: which hook is registered says a text with a gap
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
getattr(net, "register_%s_hook" % "forward")(lambda m, i, o: None)  # HKP201
getattr(net[0], "register_{}_hook".format("forward_pre"))(lambda m, i: None)  # HKP201
torch.jit.script(net)
