# survives: the attribute is None on the ScriptModule too, so that the method is never asked for
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.extra = None

    def describe(self):
        return "net"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1


def show(module, input, output):
    print(output.shape if module.extra is None else module.describe())


scripted = torch.jit.script(Net())
nn.Module.register_forward_hook(scripted, show)
scripted(torch.ones(1))
