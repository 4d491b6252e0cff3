# breaks: the attribute was None until an object was put there
# known gap: an object of a plain class that is set later is not told from what the class sets
import torch
from torch import nn, Tensor
from typing import Tuple


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.names = {"a": 1}
        self.cfg = None

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def hook(module, inputs: Tuple[Tensor], output: Tensor):
    if module.cfg is not None:
        print(module.cfg.scale)  # HKP302


net = Net()


class Cfg:
    scale = 2


net.cfg = Cfg()
net.register_forward_hook(hook)
torch.jit.script(net)
