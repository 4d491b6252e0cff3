# breaks: the method wants the layer by its name, and torch counts `self` of a bound method
import torch
from torch import nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(2, 2)
        self.layer1 = nn.Linear(2, 2)
        for name, child in self.named_children():
            if self.wants(name):
                child.register_forward_pre_hook(self.before)

    def wants(self, name):
        return False

    def before(self, module, args):  # HKP203
        pass

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer1(self.stem(x))


class Watched(Base):
    def wants(self, name):
        return name.startswith("layer")


torch.jit.script(Base())
torch.jit.script(Watched())
