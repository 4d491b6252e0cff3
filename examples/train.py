import torch
from torch import nn

seen = []


def remember(module, args, output):
    seen.append(output)


model = nn.Linear(4, 2)
model.register_forward_hook(remember)
exported = torch.export.export(model, (torch.ones(1, 4),)).module()
for _ in range(3):
    exported(torch.ones(1, 4))
print(f"{len(seen)} of 3 outputs kept")
