# breaks: the second layer keeps its hook
import torch
from torch import nn


def show(module, inputs, output):  # HKP204
    print(output.shape)


net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
handles = [layer.register_forward_hook(show) for layer in net]
handles[0].remove()
torch.jit.script(net)
