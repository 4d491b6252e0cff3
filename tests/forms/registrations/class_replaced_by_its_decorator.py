# breaks: what the decorator leaves of the class gives ScriptModules
import torch
from torch import nn


def scripted(cls):
    def make(*args, **kwargs):
        return torch.jit.script(cls(*args, **kwargs))

    return make


@scripted
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)


net = Net()
net.register_forward_hook(lambda module, inputs, output: print(output))  # HKP101
