# breaks: a part is of a class whose name the function is given
import torch
from torch import nn


def show(m, i, o):  # HKP204
    print(o.shape)


def by_class(model, names):
    for module in model.modules():
        if module.__class__.__name__ in names:
            module.register_forward_hook(show)


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
by_class(net, ["Conv1d", "ReLU"])
torch.jit.script(net)
