"""A global hook fires once in either mode where `forward` calls none of the parts."""

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

calls = []


def record(module, inputs, output):
    calls.append(1)


def calls_of(model):
    calls.clear()
    model(torch.ones(1, 2))
    return len(calls)


class Idle(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return x + 1


# the program
net = Idle()
compiled = torch.jit.script(net)
handle = register_module_forward_hook(record)  # planted: HKP106
eager, scripted = calls_of(net), calls_of(compiled)
handle.remove()
print(eager, scripted)
