# breaks: what a check of something else lets through has its hook
import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


def export(model, x):
    if x.dim() != 2:
        raise ValueError("two dimensions")
    return torch.jit.script(model)


net = nn.Sequential(nn.Linear(2, 2))
net.register_forward_hook(show)
export(net, torch.ones(1, 2))
