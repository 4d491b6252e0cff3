# survives: nothing is copied once something was kept
import copy
import torch
from torch import nn


class GlobalModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
        self.classifier = nn.Linear(8, 2)
        self.features.register_forward_hook(self._hook)

    def _hook(self, module, args, output):
        self.feat = output

    def forward(self, x):
        return self.classifier(self.features(x))


server = GlobalModel()
clients = [copy.deepcopy(server) for _ in range(3)]
for c in clients:
    loss = c(torch.randn(2, 4)).sum() + c.feat.sum()
    loss.backward()
server.load_state_dict(clients[0].state_dict())
print("ok")
