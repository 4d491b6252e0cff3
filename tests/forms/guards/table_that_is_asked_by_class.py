# survives: the table has nothing for the class of a ScriptModule
import torch
from torch import nn


def count(module, args, output):
    print(output.shape)


COUNTERS = {nn.Linear: count, nn.ReLU: None}


def profile(model):
    handles = {}

    def add_hooks(module):
        counter = COUNTERS.get(type(module))
        if counter is not None:
            handles[module] = module.register_forward_hook(counter)

    model.apply(add_hooks)
    return handles


model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), torch.jit.script(nn.Linear(2, 2)))
profile(model)
model(torch.ones(1, 2))
