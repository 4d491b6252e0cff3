"""Count on a traced child."""

import torch
from torch import nn


calls = []


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)


# the program
net = Net().eval()
traced = torch.jit.trace(net, torch.ones(1, 2))
traced.fc.register_forward_hook(lambda module, inputs, output: calls.append(1))  # HKP104
traced(torch.ones(1, 2))
scripted = len(calls)
net.fc.register_forward_hook(lambda module, inputs, output: calls.append(1))
net(torch.ones(1, 2))
eager = len(calls)
print(eager, scripted)
