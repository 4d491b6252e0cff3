# survives: tracing records what is done to the numbers of a buffer
import torch
from torch import nn


class Stats(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("count", torch.zeros(()))
        self.fc.register_forward_hook(self.update)

    def update(self, module, inputs, output):
        self.mean.lerp_(output.detach().mean(0), 0.1)
        self.count += 1

    def forward(self, x):
        return self.fc(x)


net = Stats()
traced = torch.jit.trace(net, torch.ones(3, 2), check_trace=False)
mean, count = traced.mean.clone(), traced.count.clone()
traced(torch.randn(3, 2))
assert not torch.equal(mean, traced.mean)
assert traced.count == count + 1
