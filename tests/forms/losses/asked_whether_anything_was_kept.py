# survives: the hook ran while exporting, so there is something, and under the same key
# unsure: whether there is anything says nothing of how often it ran
import torch
from torch import nn

seen = []
shapes = {}


def remember(module, input, output):
    seen.append(output.shape)
    shapes["first"] = tuple(output.shape)


model = nn.Sequential(nn.Linear(2, 2))
model.register_forward_hook(remember)  # HKP601
exported = torch.export.export(model, (torch.ones(1, 2),)).module()
exported(torch.ones(1, 2))
exported(torch.ones(1, 2))
print(len(seen) > 0, bool(seen), "first" in shapes, list(shapes.keys()))
if not seen:
    print("no hook was called")
