# survives: the method that is asked in a loop wants none of the layers
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(2, 2)
        for name, child in self.named_children():
            if not self.wants(name, child):
                continue
            child.register_forward_pre_hook(self.before)

    def wants(self, name, child):
        return name.startswith("layer")

    def before(self, module, args):
        pass

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.stem(x)


torch.jit.script(Net())
