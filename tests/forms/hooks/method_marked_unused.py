# breaks: a method that is not compiled is still a bound method
import torch
from torch import nn


class Lit(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(4, 4), nn.ReLU())

    def setup(self, stage=None):
        self.backbone[0].register_forward_hook(self._record)

    @torch.jit.unused
    def _record(self, m, i, o):  # HKP203
        print(o.mean())

    def forward(self, x):
        return self.backbone(x)


lit = Lit()
lit.setup("fit")
torch.jit.script(lit)
