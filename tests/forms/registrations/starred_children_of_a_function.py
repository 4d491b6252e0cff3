# breaks: a function gets all modules, starred
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


def watch(*modules):
    for module in modules:
        module.register_forward_hook(show)  # HKP102


model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
watch(*model.children())
