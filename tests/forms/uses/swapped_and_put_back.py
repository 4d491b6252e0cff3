# breaks: a hook that saves an attribute, changes it and puts it back reads it first
import torch
from torch import nn


def hook(module, input, output):
    saved = module.table  # HKP402
    module.table = {"b": object()}
    print(len(module.table))
    module.table = saved


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = {"a": object()}

    def forward(self, x):
        return x + 1


m = torch.jit.script(Net())
nn.modules.module.register_module_forward_hook(hook)
m(torch.zeros(2))
