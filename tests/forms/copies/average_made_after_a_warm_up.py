# breaks: the hook is off by then, but what it kept is on the model that the average copies
import copy
import torch
from torch import nn


class ModelEMA:
    def __init__(self, model, decay=0.9):
        self.ema = copy.deepcopy(model).eval()
        self.decay = decay

    def update(self, model):
        with torch.no_grad():
            for mine, other in zip(self.ema.parameters(), model.parameters()):
                mine.mul_(self.decay).add_(other, alpha=1 - self.decay)


def keep_by_name(module, input, output):
    setattr(module, "out", output)


model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
handle = model[0].register_forward_hook(keep_by_name)  # HKP822
model(torch.ones(3, 4))
handle.remove()
ema = ModelEMA(model)
ema.update(model)
