# breaks: a callable object, which a static method named `apply` registers
import torch
from scaling import Scaled
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        Scaled.apply(self.conv, "weight")

    def forward(self, x):
        return torch.relu(self.conv(x))


block = nn.Sequential(Block())
print(block(torch.ones(1, 3, 8, 8)).shape)
torch.jit.script(block)
