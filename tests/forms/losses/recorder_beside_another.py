# survives: another list of the class is read
import torch
from torch import nn


class Tape(list):
    def save(self, m, i, o):
        self.append(o.detach())


net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
tape, other = Tape(), Tape()
h = net[0].register_forward_hook(tape.save)
traced = torch.jit.trace(net, torch.ones(1, 2))
traced(torch.ones(1, 2))
other.append(1)
assert len(other) == 1
