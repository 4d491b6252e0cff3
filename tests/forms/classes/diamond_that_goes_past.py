# survives: the method of the first base does not call the next
import torch
from torch import nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.extra()

    def extra(self):
        pass

    def forward(self, x):
        return self.fc(x)


class Left(Base):
    def extra(self):
        self.fc.register_forward_hook(lambda m, i, o: None)


class Right(Base):
    def extra(self):
        pass


class Bottom(Right, Left):
    pass


torch.jit.script(Bottom())
