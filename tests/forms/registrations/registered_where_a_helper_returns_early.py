# breaks: a helper returns early on the way on which it registers
from typing import Tuple

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.seen = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def remember(module, input: Tuple[torch.Tensor], output: torch.Tensor):
    module.seen.append(output)  # HKP302


def attach(model, layer_names):
    for name in layer_names:
        layer = getattr(model, name, None)
        if layer is not None:
            layer.register_forward_hook(print)
    if not layer_names:
        handle = model.register_forward_hook(remember)
        return [handle]
    return []


def main(names=()):
    model = Net()
    attach(model, names)
    return torch.jit.script(model)


main()
