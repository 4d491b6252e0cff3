# breaks: a base keeps its subclasses by name, and one of them is made
import torch
from torch import nn


class Base(nn.Module):
    kinds = {}

    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        Base.kinds[cls.__name__] = cls


class Net(Base):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.fc.register_forward_hook(lambda m, i, o: None)  # HKP201

    def forward(self, x):
        return self.fc(x)


torch.jit.script(Base.kinds["Net"]())
