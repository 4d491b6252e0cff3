# survives: what the constructor of a base sets are a parameter and a plain object, and no layer to hook
import torch
from torch import nn


class Settings:
    def __init__(self, width: int):
        self.width = width


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(2))
        self.settings = Settings(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.gain


class Part(Base):
    pass


def show(module, inputs, output):
    print(output.shape)


part = Part()
for module in part.modules():
    if isinstance(module, nn.Linear):
        module.register_forward_hook(show)
torch.jit.script(part)
