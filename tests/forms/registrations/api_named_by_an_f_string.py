# breaks: which hook is registered says an f-string
import torch
from torch import nn


def pre(m, i):  # HKP204, HKP207
    print(i)


def post(m, i, o):  # HKP204
    print(o)


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
for kind, hook in {"forward_pre": pre, "forward": post}.items():
    getattr(net, f"register_{kind}_hook")(hook)
torch.jit.script(net)
