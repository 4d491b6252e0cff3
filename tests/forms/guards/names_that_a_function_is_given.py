# survives: nothing has a class or name that the functions are given: in tables, patterns and by default
import re
from typing import Optional, Sequence

import torch
from torch import nn

CONFIG = {"debug": {"layers": ["fc", "head"], "wanted": "Conv2d"}}


def show(m, i, o):
    print(o.shape)


def by_class(model, names):
    for module in model.modules():
        if module.__class__.__name__ in names or type(module).__name__ == CONFIG["debug"]["wanted"]:
            module.register_forward_hook(show)


def by_name(model, only: Optional[Sequence[str]] = None):
    return [m.register_forward_hook(show) for n, m in model.named_children() if only is None or n in only]


def by_pattern(model, pattern):
    fits = re.compile(pattern)
    for name, module in model.named_modules():
        if fits.search(name):
            module.register_forward_hook(show)


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
by_class(net, ["Conv1d"])
by_name(net, only=["fc"])
by_pattern(net, r"conv\d+$")
torch.jit.script(net)
