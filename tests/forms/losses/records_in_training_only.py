# survives: the model does not train when it is traced
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.log = []

    def forward(self, x):
        return self.fc(x)


def hook(m, i, o):
    if m.training:
        m.log.append(o)


net = Net()
net.register_forward_hook(hook)
net.eval()
traced = torch.jit.trace(net, torch.ones(1, 2))
traced(torch.ones(1, 2))
