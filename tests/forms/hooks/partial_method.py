# breaks: a partial method of a module has no name
from functools import partialmethod
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.fc.register_forward_hook(self.save_fc)  # HKP202

    def save(self, name, m, i, o):
        print(name, o)

    save_fc = partialmethod(save, "fc")

    def forward(self, x):
        return self.fc(x)


torch.jit.script(Net())
