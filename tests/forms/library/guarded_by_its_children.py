# survives: the children of a ScriptModule are ScriptModules, so none registers
# hookproof: assume-scripted
# then: watch(nn.Sequential(torch.jit.script(nn.ReLU())))
import torch
from torch import nn


def hook(module, input: tuple[torch.Tensor], output: torch.Tensor) -> None:
    print(output.shape)


def watch(model: nn.Module):
    for _, module in model.named_modules():
        submodules = list(module.children())
        contains = any([isinstance(submodule, nn.ModuleDict) for submodule in submodules])
        if contains:
            module.register_forward_hook(hook)
