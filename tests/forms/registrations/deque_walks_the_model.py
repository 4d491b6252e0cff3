# breaks: a walk with a deque comes to the scripted child
from collections import deque

import torch
from torch import nn


def hook(module, inputs, output):
    print(output.shape)


def walk(model):
    waiting = deque([model])
    while waiting:
        module = waiting.popleft()
        waiting.extend(module.children())
        module.register_forward_hook(hook)  # HKP102


walk(nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU())))
