# breaks: the base's constructor calls what a class in between puts a hook on
import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.build()

    def build(self):
        raise NotImplementedError


class Linear(Base):
    def build(self):
        self.fc = nn.Linear(2, 2)


class Watched(Linear):
    def build(self):
        super().build()
        self.fc.register_forward_hook(show)


class Net(Watched):
    def forward(self, x):
        return self.fc(x)


torch.jit.script(Net())
