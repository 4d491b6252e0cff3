# survives: a function that calls itself returns where it is given what is scripted
import torch
from torch import nn


def count(module, input, output):
    print(output.numel())


def watch(module):
    if isinstance(module, torch.jit.ScriptModule):
        return
    children = list(module.children())
    if not children:
        module.register_forward_hook(count)
        return
    for child in children:
        watch(child)


def watch_children(module):
    for child in module.children():
        if isinstance(child, torch.jit.ScriptModule):
            continue
        if len(list(child.children())) == 0:
            child.register_forward_hook(count)
        else:
            watch_children(child)


model = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU(), torch.jit.script(nn.ReLU())))
watch(model)
watch_children(model)
model(torch.ones(1, 2))
