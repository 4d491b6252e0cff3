"""Skip read first by another block."""

import torch
from torch import nn


class Tap:
    def __init__(self, layer):
        self.output = None
        layer.register_forward_hook(self.on_output)  # planted: HKP109

    def on_output(self, module, inputs, output):
        self.output = output


class Up(nn.Module):
    def __init__(self, tap):
        super().__init__()
        self.tap = tap
        self.mix = nn.Linear(4, 2)

    def forward(self, x):
        skip = self.tap.output
        return self.mix(torch.cat([x, skip], 1))


class Unet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        self.ups = nn.ModuleList([Up(Tap(self.down[0]))])

    def forward(self, x):
        x = self.down(x)
        for up in self.ups:
            x = up(x)
        return x


# the program
net = Unet().eval()
traced = torch.jit.trace(net, torch.ones(1, 2))
x = torch.randn(3, 2)
eager = net(x)
scripted = traced(x)
print(eager, scripted)
