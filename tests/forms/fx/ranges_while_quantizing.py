# survives: without an error: what the observer keeps is a proxy
import torch
from torch import nn
from torch.ao.quantization import get_default_qconfig_mapping
from torch.ao.quantization.quantize_fx import prepare_fx


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(3, 4, 3)
        self.r = nn.ReLU()

    def forward(self, x):
        return self.r(self.c(x))


model = nn.Sequential(Block(), nn.Flatten(), nn.Linear(4 * 36, 2)).eval()
ranges = []
model[0].register_forward_hook(lambda m, i, o: ranges.append((o.min().item(), o.max().item())))  # HKP803
x = torch.randn(1, 3, 8, 8)
prepared = prepare_fx(model, get_default_qconfig_mapping("x86"), (x,))
with torch.no_grad():
    for _ in range(3):
        prepared(x)
print(len(ranges), max(hi for _, hi in ranges))
