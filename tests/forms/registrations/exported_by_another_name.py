# breaks: an exported program has no hooks
# known gap: a file is looked through for the words `export(`
import torch
from torch import nn
from torch.export import export as made_of


def show(module, inputs, output):
    print(output.shape)


program = made_of(nn.Sequential(nn.Linear(2, 2)), (torch.ones(1, 2),))
program.register_forward_hook(show)  # HKP606
