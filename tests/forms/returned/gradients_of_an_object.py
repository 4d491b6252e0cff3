# breaks: the caller gets an empty list
# then: if len(gradients(torch.ones(1, 2))) != 1: raise RuntimeError
import torch
from torch import nn


class Collector:
    def __init__(self):
        self.kept = []

    def __call__(self, module, grad_input, grad_output):
        self.kept.append(grad_output[0])


def gradients(x):
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    collector = Collector()
    net[0].register_full_backward_hook(collector)  # HKP110
    scripted = torch.jit.script(net)
    scripted(x).sum().backward()
    return collector.kept
