# breaks: `apply` calls the partial on the scripted child too
from functools import partial

import torch
from torch import nn


def count(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    print(output.numel())


def add(module, flag):
    module.register_forward_hook(count)  # HKP102


def watch(model):
    model.apply(partial(add, flag=True))


watch(nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU())))
