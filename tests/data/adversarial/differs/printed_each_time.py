"""Printed each time."""

import contextlib
import io

import torch
from torch import nn


def show(module, inputs, output):
    print("shape", tuple(output.shape))


def printed(model, x):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        model(x)
    return text.getvalue()


# the program
layer = nn.Linear(2, 2).eval()
layer.register_forward_hook(show)  # HKP109
traced = torch.jit.trace(layer, torch.ones(1, 2))
eager = printed(layer, torch.ones(1, 2))
scripted = printed(traced, torch.ones(1, 2))
print(eager, scripted)
