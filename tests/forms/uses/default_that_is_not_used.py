# survives: a ScriptModule has `original_name`, so the name of its class is never used
import torch
from torch import nn

shapes = {}


def keep(module, args, output):
    shapes[getattr(module, "original_name", type(module).__name__)] = output.shape


traced = torch.jit.trace(nn.Linear(2, 2), torch.ones(1, 2))
traced.register_forward_hook(keep)
traced(torch.ones(1, 2))
assert list(shapes) == ["Linear"]
