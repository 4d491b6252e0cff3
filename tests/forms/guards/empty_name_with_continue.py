# breaks: the model itself, whose name is empty, is passed over, and the layer gets a hook that takes no tuple
import torch
from torch import nn


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 2)

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        return self.body(seen)


def keep(module, args, output):  # HKP204
    print(output.shape)


def watch(model):
    for name, module in model.named_modules():
        if not name:
            continue
        module.register_forward_hook(keep)


policy = Policy()
watch(policy)
torch.jit.script(policy)
