# breaks: a decorator adds a hook for the class of a layer to a table that had others
import torch
from torch import nn

HOOKS = {nn.Conv2d: print}


def hook_for(kind):
    def add(function):
        HOOKS[kind] = function
        return function

    return add


@hook_for(nn.Linear)
def show(module, inputs, output):  # HKP204
    print(output.shape)


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
for module in net.modules():
    hook = HOOKS.get(type(module))
    if hook:
        module.register_forward_hook(hook)
torch.jit.script(net)
