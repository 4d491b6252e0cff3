# breaks: the steps of a pipeline are objects that are made in a comprehension
import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


class Step:
    def __init__(self, function):
        self.function = function

    def __call__(self, x):
        return self.function(x)


class Pipeline:
    def __init__(self, *steps):
        self.steps = [Step(step) for step in steps]

    def __call__(self, x):
        for step in self.steps:
            x = step(x)
        return x


def attach(net):
    net.register_forward_hook(show)
    return net


Pipeline(attach, torch.jit.script)(nn.Sequential(nn.Linear(2, 2)))
