# survives: the names of the scripted part and of what is inside it have the same beginning
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = torch.jit.script(nn.Sequential(nn.Linear(2, 2)))
        self.head = nn.Linear(2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.backbone(x))


net = Net()
for name, module in net.named_modules():
    if name and not name.startswith("backbone"):
        module.register_forward_hook(print)
net(torch.ones(1, 2))
