# breaks: a check of each module lets no model with hooks through
import torch
from torch import nn


def show(module, inputs, output):
    print(output.shape)


def ensure_bare(model):
    for name, module in model.named_modules():
        if module._forward_hooks or module._forward_pre_hooks:
            raise RuntimeError(name)


net = nn.Sequential(nn.Linear(2, 2))
net.register_forward_hook(show)
ensure_bare(net)
torch.jit.script(net)
