# survives: the scripted part is among those that are skipped, by the numbers that `id` gives
import torch
from torch import nn


def hook_all(model, skip=()):
    skipped = {id(part) for part in skip}
    for part in model.modules():
        if id(part) in skipped:
            continue
        part.register_forward_hook(lambda m, i, o: None)


backbone = torch.jit.script(nn.Linear(2, 2))
hook_all(nn.Sequential(backbone, nn.Linear(2, 2)), skip=[backbone])
