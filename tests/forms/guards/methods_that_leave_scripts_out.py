# survives: a class method, by way of a static method, keeps the scripted part out of the loop
import torch
from torch import nn


class Watcher:
    def __init__(self, names):
        self.names = names

    @staticmethod
    def is_scripted(module):
        return isinstance(module, torch.jit.ScriptModule)

    @classmethod
    def is_eager(cls, module):
        return not cls.is_scripted(module)

    def watch(self, model):
        for module in model.modules():
            if self.names and self.is_eager(module):
                module.register_forward_hook(self.keep)

    def keep(self, module, args, output):
        self.names.append(type(module).__name__)


model = nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.Linear(2, 2)))
Watcher(["Net"]).watch(model)
model(torch.ones(1, 2))
