# survives: what the recorder keeps, the eager model told it
import torch
from torch import nn


class Recorder(dict):
    def hook(self, name):
        def save(m, i, o):
            self[name] = o.detach()

        return save


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
rec = Recorder()
for n, m in net.named_children():
    m.register_forward_hook(rec.hook(n))
traced = torch.jit.trace(net, torch.ones(1, 2))
traced(torch.ones(1, 2))
rec.clear()
net(torch.ones(1, 2))
assert len(rec) == 2
