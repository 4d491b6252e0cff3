# survives: without an error: the step calls `forward`, not the model
import torch
from torch import nn


class LitModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch):
        return self.forward(batch).sum()  # HKP903


class Watch:
    def __init__(self):
        self.outs = []

    def __call__(self, m, i, o):
        self.outs.append(o.detach())


model = LitModel()
w = Watch()
model.register_forward_hook(w)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(3):
    loss = model.training_step(torch.randn(2, 4))
    opt.zero_grad()
    loss.backward()
    opt.step()
print(torch.stack(w.outs).mean() if w.outs else "nothing recorded")
