# breaks: the scripted part is passed over by its name, and what is inside it is a ScriptModule as well
import torch
from torch import nn

SKIPPED = {"backbone"}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = torch.jit.script(nn.Sequential(nn.Linear(2, 2)))
        self.head = nn.Linear(2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.backbone(x))


net = Net()
for name, module in net.named_modules():
    if name and name not in SKIPPED:
        module.register_forward_hook(print)  # HKP102
