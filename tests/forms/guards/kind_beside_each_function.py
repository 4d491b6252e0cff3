# survives: the one hook that is kept in the table is kept for something else
import torch
from torch import nn

HOOKS = []


def hook(kind):
    def keep(function):
        HOOKS.append((kind, function))
        return function

    return keep


@hook("eager")
def show(m, i, o):
    print(o.shape)


def install(model):
    for kind, function in HOOKS:
        if kind == "forward":
            model.register_forward_hook(function)


net = nn.Linear(2, 2)
install(net)
torch.jit.script(net)
