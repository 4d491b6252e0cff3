# breaks: an exported program has no hooks, whatever the function is called
import torch
from torch import nn
from torch.export import export as made_of


def show(module, inputs, output):
    print(output.shape)


program = made_of(nn.Sequential(nn.Linear(2, 2)), (torch.ones(1, 2),))
program.register_forward_hook(show)  # HKP606
