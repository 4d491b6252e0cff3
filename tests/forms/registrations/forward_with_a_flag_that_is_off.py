# survives: `forward` puts the hook on for a flag that is off
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, tap=False):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.tap = tap

    def forward(self, x):
        if self.tap:
            self.fc.register_forward_hook(lambda m, i, o: None)
        return self.fc(x)


net = Net()
net(torch.ones(1, 2))
torch.jit.script(net.fc)
