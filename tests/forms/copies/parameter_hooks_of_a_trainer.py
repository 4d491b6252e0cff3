# breaks: 0 of 2 norms, for the copy that is trained has parameters without hooks
import copy

import torch
from torch import nn

X = torch.ones(1, 4)


class Trainer:
    def __init__(self, model):
        self.norms = []
        for parameter in model.parameters():
            parameter.register_hook(self.log)  # HKP823
        self.model = copy.deepcopy(model)
        self.criterion = nn.MSELoss()

    def log(self, grad):
        self.norms.append(grad.norm().item())

    def step(self):
        loss = self.criterion(self.model(X), X)
        loss.backward()


trainer = Trainer(nn.Linear(4, 4))
trainer.step()
if len(trainer.norms) != 2:
    raise RuntimeError("norms are missing")
