# survives: the extractor is no part of the model, so both have the same one
import copy
import torch
from torch import nn


class FeatureExtractor:
    def __init__(self, model, layers):
        self.features = {}
        for name, module in model.named_modules():
            if name in layers:
                module.register_forward_hook(self.get_hook(name))

    def get_hook(self, name):
        def hook(module, input, output):
            self.features[name] = output

        return hook


student = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
extractor = FeatureExtractor(student, ["0"])
teacher = copy.deepcopy(student)
with torch.no_grad():
    teacher(torch.ones(1, 4))
print(extractor.features.keys())
