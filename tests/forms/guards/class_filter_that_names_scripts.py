# survives: who asks for ScriptModules with a class leaves the scripted layer out on purpose
import torch
from torch import nn

seen = []


def count(module, input, output):
    seen.append(1)


net = nn.Sequential(torch.jit.script(nn.ReLU()), nn.ReLU())
for module in net.modules():
    if isinstance(module, nn.ReLU) and not isinstance(module, torch.jit.ScriptModule):
        module.register_forward_hook(count)
net(torch.ones(1))
