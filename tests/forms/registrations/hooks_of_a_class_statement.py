# breaks: a class statement gives the hooks that each object gets
import torch
from torch import nn


class Base(nn.Module):
    hooks = ()

    def __init_subclass__(cls, hooks=(), **kw):
        super().__init_subclass__(**kw)
        cls.hooks = tuple(hooks)

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        for h in self.hooks:
            self.fc.register_forward_hook(h)

    def forward(self, x):
        return self.fc(x)


def show(m, i, o):  # HKP204
    print(o)


class Net(Base, hooks=[show]):
    pass


torch.jit.script(Net())
