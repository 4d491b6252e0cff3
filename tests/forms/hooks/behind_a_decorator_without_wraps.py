# breaks: a decorator without `wraps` hands torch its inner function, which takes `*args`
import torch
from torch import nn


def deco(fn):
    def inner(*args, **kwargs):  # HKP209
        return fn(*args, **kwargs)  # HKP501

    return inner


@deco
def hook(module, input: tuple[torch.Tensor], output: torch.Tensor):
    print(output.shape)
    if False:
        print(module.nothing)


model = nn.Linear(2, 2)
model.register_forward_hook(hook)
torch.jit.script(model)
