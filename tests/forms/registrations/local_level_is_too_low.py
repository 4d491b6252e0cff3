# survives: a number of the constructor decides that nothing is registered
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        level, name = 0, "plain"
        self.fc = nn.Linear(2, 2)
        if level > 1 or name == "watched":
            self.fc.register_forward_hook(lambda module, input, output: None)

    def forward(self, x):
        return self.fc(x)


torch.jit.script(Net())
