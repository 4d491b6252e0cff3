# breaks: the script is called before it is frozen
from typing import Optional

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    @torch.jit.unused
    def debug(self, x: torch.Tensor) -> torch.Tensor:
        return x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(x)


def hook(module, input: tuple[torch.Tensor], output: torch.Tensor) -> Optional[torch.Tensor]:
    print("hook")
    return module.debug(output)  # HKP309


net = Net().eval()
net.register_forward_hook(hook)  # HKP113
scripted = torch.jit.script(net)
scripted(torch.ones(1, 2))
frozen = torch.jit.freeze(scripted)
frozen(torch.ones(1, 2))
