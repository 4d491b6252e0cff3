# survives: only the other model has a child of that name, compiled or not
import torch
from torch import nn

seen = []


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(2, 2)

    def forward(self, x):
        return self.body(x)


class Headed(Net):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(2, 2)


def note(module, inputs, output):
    seen.append(tuple(output.shape))


reference = Headed()
net = torch.compile(Net(), backend="eager")
for name, child in net.named_children():
    if name == "head":
        child.register_forward_hook(note)
net(torch.ones(1, 2))
print(seen)
