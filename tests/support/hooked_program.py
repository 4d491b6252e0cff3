"""How many small programs of the tests begin: a model, a hook that compiles, and one that does not."""

HOOKED = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)

def shows(m, i: tuple[torch.Tensor], o: torch.Tensor):
    print("shape", o.dim())

def counts(m, i, o):
    print("counted")

model = Net()
"""
