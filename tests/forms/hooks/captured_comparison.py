# breaks: a bool from around the hook is no value for compiled code, and torch stops there
from typing import Tuple

import torch
from torch import Tensor, nn


def quant_noise(module):
    is_conv = module.weight.ndim == 4

    def hook(mod, input: Tuple[Tensor]) -> None:  # HKP213
        if not is_conv:
            print(mod.weight)
        else:
            print(mod.in_channels)

    module.register_forward_pre_hook(hook)
    return module


torch.jit.script(quant_noise(nn.Linear(2, 2)))
