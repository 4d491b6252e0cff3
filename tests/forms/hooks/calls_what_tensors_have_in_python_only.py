# breaks: a Tensor has no `numpy` where it is compiled
from typing import Tuple

import torch
from torch import Tensor, nn


def keep(module, input: Tuple[Tensor], output: Tensor):
    print(input[0].float().mean(), output.detach().cpu().numpy())  # HKP501


net = nn.Sequential(nn.Linear(2, 2))
net[0].register_forward_hook(keep)
torch.jit.script(net)
