# breaks: `apply` calls an object on the scripted child too
import torch
from torch import nn


class Watcher:
    def __init__(self):
        self.handles = []

    def __call__(self, module):
        self.handles.append(module.register_forward_hook(self.hook))  # HKP102

    def hook(self, module, inputs, output):
        print(output.shape)


nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU())).apply(Watcher())
