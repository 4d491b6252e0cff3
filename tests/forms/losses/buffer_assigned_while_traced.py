# survives: without an error: tracing does not see that another tensor takes the buffer's place
import torch
from torch import nn


class Stats(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.register_buffer("mean", torch.zeros(2))
        self.fc.register_forward_hook(self.update)  # HKP109

    def update(self, module, inputs, output):
        self.mean = 0.9 * self.mean + 0.1 * output.detach().mean(0)

    def forward(self, x):
        return self.fc(x)


net = Stats()
traced = torch.jit.trace(net, torch.ones(3, 2), check_trace=False)
before = traced.mean.clone()
traced(torch.randn(3, 2))
assert torch.equal(before, traced.mean)
