# breaks: which hook is registered says a text that is put together
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
name = "forward"
getattr(net, "register_" + name + "_hook")(lambda m, i, o: None)  # HKP201
torch.jit.script(net)
