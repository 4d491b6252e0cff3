# breaks: a function that is the default of a field is no method
from dataclasses import dataclass, field
from typing import Callable
import torch
from torch import nn


def put(net):
    net.register_forward_hook(lambda m, i, o: None)  # HKP201


@dataclass
class Config:
    setup: Callable = put
    tags: list = field(default_factory=list)


net = nn.Linear(2, 2)
Config().setup(net)
torch.jit.script(net)
