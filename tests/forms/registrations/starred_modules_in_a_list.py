# breaks: the modules of two models stand starred in one list
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


left = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
for module in [*left.children()]:
    module.register_forward_hook(show)  # HKP102
