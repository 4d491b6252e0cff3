"""Mean kept and read in one method."""

import torch
from torch import nn


class Normalised(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body
        self.state = {}
        body.register_forward_hook(self._measure)  # planted: HKP109

    def _measure(self, module, inputs, output):
        self.state["mean"] = output.mean(dim=-1, keepdim=True)

    def _mean(self):
        return self.state.pop("mean")

    def forward(self, x):
        y = self.body(x)
        return y - self._mean()


# the program
torch.manual_seed(0)
model = Normalised(nn.Linear(2, 3)).eval()
traced = torch.jit.trace(model, torch.ones(1, 2))
x = torch.randn(5, 2)
eager = model(x)
scripted = traced(x)
print(eager, scripted)
