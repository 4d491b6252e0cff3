# breaks: a ScriptModule is none of these layers
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def show(module, input, output):
    print(output)


def put_unless(module, kinds):
    if not isinstance(module, kinds):
        module.register_forward_hook(show)  # HKP101


put_unless(torch.jit.script(Net()), (nn.Linear, nn.Conv2d))
