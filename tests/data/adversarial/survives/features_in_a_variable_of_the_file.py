"""Features in a variable of the file."""

import torch
from torch import nn


features = {}


def remember(module, inputs, output):
    features["hidden"] = output.flatten(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 4)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        logits = self.out(torch.relu(self.hidden(x)))
        return logits, features["hidden"]


# the program
net = Net().eval()
net.hidden.register_forward_hook(remember)  # planted: HKP109
traced = torch.jit.trace(net, torch.zeros(1, 3))
x = torch.randn(2, 3)
eager = net(x)
scripted = traced(x)
print(eager, scripted)
