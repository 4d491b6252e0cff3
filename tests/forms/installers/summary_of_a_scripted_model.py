# breaks: torchsummary registers hooks on every module
import torch
from torch import nn
from torchsummary import summary

model = torch.jit.script(nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
summary(model, (4,), device="cpu")  # HKP101
