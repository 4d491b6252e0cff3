# survives: a class that hooks itself to train is set not to
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def train(self, mode=True):
        super().train(mode)
        if mode:
            self.h = self.fc.register_forward_hook(lambda m, i, o: None)
        return self

    def forward(self, x):
        return self.fc(x)


net = Net()
net.eval()
torch.jit.script(net)
