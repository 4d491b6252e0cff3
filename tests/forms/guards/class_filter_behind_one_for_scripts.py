# survives: who passes over ScriptModules before a class leaves the scripted layer out on purpose
import torch
from torch import nn

seen = []


def count(module, input, output):
    seen.append(1)


net = nn.Sequential(torch.jit.script(nn.ReLU()), nn.ReLU())
for module in net.modules():
    if isinstance(module, torch.jit.ScriptModule):
        continue
    if not isinstance(module, nn.ReLU):
        continue
    module.register_forward_hook(count)
net(torch.ones(1))
