"""Stack popped by forward."""

import torch
from torch import nn


class Hourglass(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Linear(4, 2)
        self.up = nn.Linear(2, 4)
        self.stack = []
        self.down.register_forward_pre_hook(lambda module, args: self.stack.append(args[0]))  # planted: HKP109

    def forward(self, x):
        y = self.up(self.down(x))
        return y + self.stack.pop()


# the program
hourglass = Hourglass().eval()
traced = torch.jit.trace(hourglass, torch.ones(1, 4))
x = torch.randn(2, 4)
eager = hourglass(x)
scripted = traced(x)
print(eager, scripted)
