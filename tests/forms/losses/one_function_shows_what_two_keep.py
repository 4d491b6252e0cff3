# survives: each is read after the eager model has run again, though one function shows both
import torch
from torch import nn


def show(value):
    print(value.shape)


def watch_first():
    first = {}
    model = nn.Sequential(nn.Linear(2, 2))
    model[0].register_forward_hook(lambda m, i, o: first.update(fc=o))
    traced = torch.jit.trace(model, torch.ones(1, 2))
    traced(torch.ones(1, 2))
    model(torch.ones(1, 2))
    show(first["fc"])


def watch_second():
    second = {}
    model = nn.Sequential(nn.Linear(2, 2))
    model[0].register_forward_hook(lambda m, i, o: second.update(fc=o))
    model(torch.ones(1, 2))
    show(second["fc"])
