"""Forward or backward by a flag."""

import torch
from torch import nn


class Hook:
    def __init__(self, layer, is_forward=True):
        register = layer.register_forward_hook if is_forward else layer.register_full_backward_hook
        self.handle = register(self.show)  # planted: HKP110

    @staticmethod
    def show(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
        print(output.shape)


def watch(layer, gradients=False):
    return Hook(layer, is_forward=not gradients)


# the program
layer = nn.Linear(2, 2)
watch(layer)
compiled = torch.jit.script(layer)
x = torch.ones(1, 2)
eager = layer(x)
scripted = compiled(x)
print(eager, scripted)
