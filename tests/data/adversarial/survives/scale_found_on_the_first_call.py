"""Scale found on the first call."""

import torch
from torch import nn


class Calibration(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.register_buffer("scale", torch.ones(1))
        self.hook = self.layer.register_forward_hook(self.calibrate)  # planted: HKP109

    def calibrate(self, module, inputs, output):
        self.scale = output.detach().abs().max()
        self.hook.remove()

    def forward(self, x):
        return self.layer(x) / self.scale


# the program
model = Calibration().eval()
model(torch.randn(8, 2))
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = model(x)
scripted = traced(x)
print(eager, scripted)
