# survives: who asks for ScriptModules beside a class leaves the scripted layer out on purpose
import torch
from torch import nn

seen = []


def count(module, input, output):
    seen.append(1)


net = nn.Sequential(torch.jit.script(nn.ReLU()), nn.ReLU())
for module in net.modules():
    if isinstance(module, nn.ReLU):
        module.register_forward_hook(count)
    elif isinstance(module, torch.jit.ScriptModule):
        print("left out")
net(torch.ones(1))
