# breaks: a frozen module keeps its buffers, so the loop is entered
import torch
from torch import nn


def hook(mod, inp, out):
    for index, buffer in enumerate(mod.buffers()):
        mod.register_buffer(f"copy{index}", buffer)  # HKP408


m = torch.jit.freeze(torch.jit.script(nn.BatchNorm1d(2).eval()))
nn.modules.module.register_module_forward_hook(hook)
m(torch.zeros(3, 2))
