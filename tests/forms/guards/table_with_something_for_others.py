# breaks: what the table has nothing for gets a hook all the same
import torch
from torch import nn


def count(module, args, output):
    print(output.shape)


COUNTERS = {nn.Linear: count}


def profile(model):
    for module in model.children():
        counter = COUNTERS.get(type(module), print)
        if counter is not None:
            module.register_forward_hook(counter)  # HKP102


profile(nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.Linear(2, 2))))
