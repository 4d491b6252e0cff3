"""Backward by the same flag."""

import torch
from torch import nn


class Hook:
    def __init__(self, layer, is_forward=True):
        register = layer.register_forward_hook if is_forward else layer.register_full_backward_hook
        self.handle = register(self.note)  # HKP110

    @staticmethod
    def note(module, grad_input, grad_output):
        seen.append(grad_output[0].shape)


def watch(layer, gradients=False):
    return Hook(layer, is_forward=not gradients)


seen = []

# the program
layer = nn.Linear(2, 2)
watch(layer, gradients=True)
compiled = torch.jit.script(layer)
x = torch.ones(1, 2, requires_grad=True)
layer(x).sum().backward()
eager = len(seen)
compiled(x).sum().backward()
scripted = len(seen) - eager
print(eager, scripted)
