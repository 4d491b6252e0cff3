# survives: the hooks are taken off again
import torch
from torch import nn
from torchsummary import summary

model = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
summary(model, (4,), device="cpu")
torch.jit.script(model)
