# breaks: each call of the model puts a hook on a part
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.hs = []

    def forward(self, x):
        self.hs.append(self.fc.register_forward_hook(lambda m, i, o: o + 1))  # HKP201
        return self.fc(x)


net = Net()
net(torch.ones(1, 2))
torch.jit.script(net.fc)
