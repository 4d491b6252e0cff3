# survives: the part is called, whatever calls the model
import torch
from torch import nn


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(10, 4)
        self.out = nn.Linear(4, 10, bias=False)
        self.out.weight = self.emb.weight

    def forward(self, ids):
        return self.out(self.emb(ids))

    def generate(self, ids, n):
        for _ in range(n):
            logits = self.forward(ids)
            ids = torch.cat([ids, logits[:, -1:].argmax(-1)], 1)
        return ids


lm = LM()
acts = []
lm.emb.register_forward_hook(lambda m, i, o: acts.append(o.shape))
print(lm.generate(torch.zeros(1, 2, dtype=torch.long), 3), len(acts))
