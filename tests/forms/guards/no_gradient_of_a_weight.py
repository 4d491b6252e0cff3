# survives: a weight without gradients needs no hook
import torch
from torch import nn

fc = nn.Linear(2, 2)
fc.weight.requires_grad_(False)
if fc.weight.requires_grad:
    fc.register_full_backward_hook(lambda m, gi, go: None)
torch.jit.trace(fc, torch.ones(1, 2))
