# breaks: raises for a model with one scripted part
# hookproof: assume-scripted
# then: watch(nn.Sequential(torch.jit.script(nn.ReLU())))
import torch
from torch import nn


class AbsModel(nn.Module):
    pass


def count(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    print(output.numel())


def watch(model: AbsModel):
    for m in model.modules():
        m.register_forward_hook(count)  # HKP120
