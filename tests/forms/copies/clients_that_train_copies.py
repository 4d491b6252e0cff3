# breaks: the copy of a client that has trained keeps its last features with their graph
import copy
import torch
from torch import nn


class GlobalModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
        self.classifier = nn.Linear(8, 2)
        self.features.register_forward_hook(self._hook)  # HKP822

    def _hook(self, module, args, output):
        self.feat = output

    def forward(self, x):
        return self.classifier(self.features(x))


class Client:
    def __init__(self, model):
        self.model = copy.deepcopy(model)

    def train(self):
        opt = torch.optim.SGD(self.model.parameters(), 0.1)
        loss = self.model(torch.randn(2, 4)).sum() + self.model.feat.pow(2).sum()
        opt.zero_grad()
        loss.backward()
        opt.step()
        return self.model


server = GlobalModel()
for rnd in range(2):
    trained = [Client(server).train() for _ in range(2)]
    server = copy.deepcopy(trained[0])
