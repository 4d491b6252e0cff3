# survives: what returns under `try` and `with` comes by what takes the hook off
from contextlib import contextmanager
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
    module.seen.append(output)


@contextmanager
def watched(model):
    handle = model.register_forward_hook(remember)
    try:
        yield model
    finally:
        handle.remove()


class Watch:
    def __init__(self, model):
        self.model = model

    def __enter__(self):
        self.handle = self.model.register_forward_hook(remember)
        return self

    def __exit__(self, *error):
        self.handle.remove()


def in_finally(model, x, twice):
    handle = None
    try:
        handle = model.register_forward_hook(remember)
        if twice:
            return model(model(x))
        return model(x)
    finally:
        if handle is not None:
            handle.remove()


def in_a_generator(model, x, twice):
    with watched(model) as module:
        if twice:
            return module(module(x))
        y = module(x)
    return y


def in_a_class(model, x, twice):
    with Watch(model):
        if twice:
            return model(model(x))
        return model(x)


net = Net()
for run in (in_finally, in_a_generator, in_a_class):
    for twice in (False, True):
        run(net, torch.ones(1, 2), twice)
torch.jit.script(net)
