# survives: a loop goes on at what has a module in it
from typing import Tuple

import torch
from torch import Tensor, nn


def show(module, input: Tuple[Tensor], output: Tensor):
    print(module.weight)


net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 2)))
for module in net.modules():
    if any(isinstance(part, nn.Module) for part in module.children()):
        continue
    module.register_forward_hook(show)
torch.jit.script(net)
