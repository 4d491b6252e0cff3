"""The copy that has no backward hook is thrown away."""

import torch
from torch import nn

gradients = []


def keep(module, grad_input, grad_output):
    gradients.append(grad_output[0].sum().item())


# the program
net = nn.Linear(2, 2)
eager = 2.0
net.register_full_backward_hook(keep)  # planted: HKP110
torch.jit.script(net)
net(torch.ones(1, 2)).sum().backward()
scripted = gradients[0]
print(eager, scripted)
