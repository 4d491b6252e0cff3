# breaks: a dict of a class of its own keeps what the traced model no longer tells it
import torch
from torch import nn


class Recorder(dict):
    def save(self, name):
        def inner(mod, inp, out):
            self[name] = out.detach()

        return inner

    def attach(self, model, *names):
        for name in names:
            sub = model.get_submodule(name)
            sub.register_forward_hook(self.save(name))  # HKP109


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        self.head = nn.Linear(2, 1)

    def forward(self, x):
        return self.head(self.body(x))


net = Net().eval()
rec = Recorder()
rec.attach(net, "body", "head")
example = torch.ones(1, 2)
traced = torch.jit.trace(net, example)
rec.clear()
traced(torch.zeros(1, 2))
if set(rec) != {"body", "head"}:
    raise RuntimeError("nothing was recorded")
