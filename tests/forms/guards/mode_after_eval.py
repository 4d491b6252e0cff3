# survives: hooks are for training, and the model does not train
import torch
from torch import nn


def prepare(net):
    if net.training:
        net.register_forward_hook(lambda m, i, o: None)


net = nn.Sequential(nn.Linear(2, 2), nn.Dropout()).eval()
prepare(net)
torch.jit.script(net)
