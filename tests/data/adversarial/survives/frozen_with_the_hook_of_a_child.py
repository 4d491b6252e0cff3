"""Frozen with the hook of a child."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.fc(x))


def double(module, input: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
    return output * 2


# the program
net = Net().eval()
net.fc.register_forward_hook(double)  # planted: HKP113
frozen = torch.jit.freeze(torch.jit.script(net))
x = torch.ones(1, 2)
eager = net(x).mul(1000).round()
scripted = frozen(x).mul(1000).round()
print(eager, scripted)
