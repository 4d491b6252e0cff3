# survives: the program compiles the dataclass of another file by itself
from typing import Tuple

import torch
from settings_of_a_file import Config
from torch import Tensor, nn

ScriptedConfig = torch.jit.script(Config)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cfg = Config()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def hook(module, input: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * module.cfg.scale


net = Net()
net.register_forward_hook(hook)
torch.jit.script(net)(torch.ones(1, 2))
