# breaks: neither a device nor a dataclass from around the hook is a value for compiled code
from dataclasses import dataclass
from typing import Tuple

import torch
from torch import Tensor, nn

DEVICE = torch.device("cpu")


@dataclass
class Config:
    factor: float = 2.0


def install(model: nn.Module, config: Config, dtype=torch.float32):
    def move(module, input: Tuple[Tensor]) -> Tensor:  # HKP213
        return input[0].to(DEVICE)

    def scale(module, input: Tuple[Tensor]) -> Tensor:  # HKP213
        return input[0] * config.factor

    def cast(module, input: Tuple[Tensor]) -> Tensor:  # HKP213
        return input[0].to(dtype)

    for hook in (move, scale, cast):
        model.register_forward_pre_hook(hook)


model = nn.Linear(2, 2)
install(model, Config())
torch.jit.script(model)
