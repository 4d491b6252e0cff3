# survives: a part whose class is written as a ScriptModule takes the forward hook of a loop
import torch
from torch import nn


class Twice(torch.jit.ScriptModule):
    @torch.jit.script_method
    def forward(self, x):
        return x * 2


model = nn.Sequential(nn.Linear(2, 2), Twice())
for module in model.modules():
    module.register_forward_hook(lambda module, inputs, output: None)
