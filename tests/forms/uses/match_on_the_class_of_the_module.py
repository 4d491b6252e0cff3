# breaks: no ScriptModule is a `Net`, so that the other case is run, which scripting leaves nothing for
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cache = {"seen": object()}

    def forward(self, x):
        return x + 1


def hook(module, inputs, output):
    match module:
        case nn.Linear():
            print("a layer")
        case Net():  # HKP409
            print("the model")
        case _:
            print(module.cache)  # HKP402


net = torch.jit.script(Net())
nn.modules.module.register_module_forward_hook(hook)
net(torch.ones(1))
