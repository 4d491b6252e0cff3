# breaks: a function that calls itself puts the hook on what has no children, and returns
import torch
from torch import nn


def count(module, input, output):
    print(output.numel())


def watch(module):
    children = list(module.children())
    if not children:
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(count)
        return
    for child in children:
        watch(child)


class Counter:
    def __init__(self, model):
        self.model = model
        self.walk(model)

    def walk(self, module):
        parts = list(module.children())
        if len(parts) == 0:
            module.register_forward_hook(self.count)  # HKP102
            return
        for part in parts:
            self.walk(part)

    def count(self, module, input, output):
        print(output.numel())


model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Sequential(nn.BatchNorm2d(4), nn.ReLU()))
watch(model)
model(torch.ones(1, 3, 2, 2))
Counter(nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU())))
