"""Hook on a model that is not traced."""

import torch
from torch import nn


calls = []


def count(module, inputs, output):
    calls.append(1)


# the program
teacher = nn.Linear(2, 2)
student = nn.Linear(2, 2)
teacher.register_forward_hook(count)  # planted: HKP109
traced = torch.jit.trace(student, torch.ones(1, 2))
x = torch.randn(2, 2)
eager = student(x), len(calls)
scripted = traced(x), len(calls)
teacher(x)
print(eager, scripted)
