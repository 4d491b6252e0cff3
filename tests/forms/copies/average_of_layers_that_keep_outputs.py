# breaks: each layer keeps its output when the average is made
import torch
from torch import nn
from torch.optim import swa_utils


def store(module, args, output):
    module.out = output


model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
for layer in model:
    layer.register_forward_hook(store)  # HKP822
opt = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(3):
    loss = model(torch.randn(8, 4)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch == 1:
        swa = swa_utils.AveragedModel(model)
