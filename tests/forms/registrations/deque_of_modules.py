# breaks: modules wait in a deque
from collections import deque

import torch
from torch import nn


def hook(module, inputs, output):  # HKP204
    print(output.shape)


def main():
    net = nn.Sequential(nn.Linear(2, 2))
    waiting = deque([net])
    waiting.popleft().register_forward_hook(hook)
    torch.jit.script(net)


main()
