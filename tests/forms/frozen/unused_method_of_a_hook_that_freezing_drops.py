# survives: freezing drops the hook before anybody calls it
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
    return module.debug(output)


net = Net().eval()
net.register_forward_hook(hook)  # HKP113
frozen = torch.jit.freeze(torch.jit.script(net))
frozen(torch.ones(1, 2))
