# survives: without an error: the copy never has what its own hook saw
# known gap: what both are given alike is taken to be kept alike, though the copy had nothing so far
import copy

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.last = None

        def keep(module, input, output):
            self.last = output.detach()

        self.fc.register_forward_hook(keep)  # HKP820

    def forward(self, x):
        return self.fc(x)


x = torch.ones(1, 4)
net = Net()
twin = copy.deepcopy(net)
net(x)
twin(x)
assert twin.last is None
print(twin.last, net.last)
