# survives: the call of the model takes off what it has put on
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        h = self.fc.register_forward_hook(lambda m, i, o: o + 1)
        y = self.fc(x)
        h.remove()
        return y


net = Net()
net(torch.ones(1, 2))
torch.jit.script(net.fc)
