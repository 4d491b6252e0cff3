# survives: no scripted module of this model has a `weight`
import torch
from torch import nn


def count(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    print(output.numel())


model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU()))
for m in model.modules():
    if hasattr(m, "weight"):
        m.register_forward_hook(count)
