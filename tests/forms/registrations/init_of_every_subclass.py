# breaks: a base gives each class that derives from it another `__init__`
import torch
from torch import nn


class Hooked(nn.Module):
    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        init = cls.__init__

        def __init__(self, *args, **kwargs):
            init(self, *args, **kwargs)
            self.register_forward_hook(lambda m, i, o: None)  # HKP201

        cls.__init__ = __init__


class Net(Hooked):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)


torch.jit.script(Net())
