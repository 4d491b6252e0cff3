# breaks: a list of a class of its own keeps nothing of the trace
import torch
from torch import nn


class Tape(list):
    def save(self, m, i, o):
        self.append(o.detach())


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
tape = Tape()
net[0].register_forward_hook(tape.save)  # HKP109
traced = torch.jit.trace(net, torch.ones(1, 2))
del tape[:]
traced(torch.ones(1, 2))
if len(tape) != 1:
    raise RuntimeError("nothing was kept")
