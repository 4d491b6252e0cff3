# breaks: a dict comprehension keeps the handles of all modules by name
import torch
from torch import nn


def hook(module, inp, out):
    print(out.shape)


class Watcher:
    def put_on(self, module):
        return module.register_forward_hook(hook)  # HKP102

    def watch(self, model):
        self.handles = {name: self.put_on(part) for name, part in model.named_modules() if name}


Watcher().watch(nn.Sequential(nn.Linear(2, 2), torch.jit.script(nn.ReLU())))
