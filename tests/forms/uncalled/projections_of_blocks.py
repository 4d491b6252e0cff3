# survives: without an error: attention uses the weight of its projection and does not call it
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = nn.MultiheadAttention(16, 4, batch_first=True)
        self.norm = nn.LayerNorm(16)

    def forward(self, x):
        y, _ = self.attn(x, x, x, need_weights=False)
        return self.norm(x + y)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Encoder() for _ in range(3))

    def forward(self, x):
        for b in self.blocks:
            x = b(x)
        return x


model = Model()
feats = []
for blk in model.blocks:
    blk.attn.out_proj.register_forward_hook(lambda m, i, o: feats.append(o))  # HKP902
model(torch.randn(2, 5, 16))
print(len(feats))
