# survives: scripted parts are left out
# hookproof: assume-scripted
# then: watch(nn.Sequential(torch.jit.script(nn.ReLU())))
import torch
from torch import nn


class Model(nn.Module):
    pass


def bw(module, grad_input, grad_output):
    pass


def watch(model: Model):
    for m in model.modules():
        if not isinstance(m, torch.jit.ScriptModule):
            m.register_full_backward_hook(bw)
