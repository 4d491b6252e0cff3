# survives: a traced model has no `module`, so the hook is put on itself, which calls it
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)


seen = []
traced = torch.jit.trace(Net(), torch.ones(1, 2))
inner = getattr(traced, "module", traced)
inner.register_forward_hook(lambda m, i, o: seen.append(o))
traced(torch.ones(1, 2))
assert seen
