# breaks: what `optimize_for_inference` freezes keeps its constants too
from typing import Final

import torch
from torch import nn


class Net(nn.Module):
    scale: Final[int]

    def __init__(self):
        super().__init__()
        self.scale = 2

    def forward(self, x):
        return x * self.scale


def hook(module, input, output):
    module.scale = 3  # HKP407


m = torch.jit.optimize_for_inference(torch.jit.script(Net().eval()))
nn.modules.module.register_module_forward_hook(hook)
m(torch.zeros(2))
