# survives: every hook is taken off before the model is scripted
import torch
from torch import nn


def bad(module, inputs, output):
    print(module.nothing)


net, other = nn.Sequential(nn.Linear(2, 2)), nn.ReLU()
handles = [module.register_forward_hook(bad) for module in (net, other)]
while handles:
    handles.pop().remove()
torch.jit.script(net)
