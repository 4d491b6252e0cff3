# breaks: the caller gets an empty list
# then: if len(gradients(torch.ones(1, 2))) != 1: raise RuntimeError
import torch
from torch import nn


def gradients(x):
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    kept = []

    def keep(module, grad_input, grad_output):
        kept.append(grad_output[0])

    net[0].register_full_backward_hook(keep)  # HKP110
    scripted = torch.jit.script(net)
    scripted(x).sum().backward()
    return kept
