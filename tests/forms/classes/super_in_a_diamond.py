# breaks: `super()` goes on to the next class of a diamond, which is no base of the one that calls
import torch
from torch import Tensor, nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.setup()

    def setup(self):
        pass

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


class Log(Base):
    def setup(self):
        super().setup()


class Hook(Base):
    def setup(self):
        super().setup()
        self.register_forward_hook(lambda m, i, o: None)  # HKP201


class Net(Log, Hook):
    pass


torch.jit.script(Net())
