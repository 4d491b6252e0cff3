# survives: without an error: the assertion is the only call of the module that fx made
import torch
from torch import fx, nn


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 4)

    def forward(self, x):
        return self.lin(x)


net = Scaled()
net.register_forward_hook(lambda module, args, output: output * 2)  # HKP801
x = torch.randn(2, 4)
expected = net(x)
assert not torch.allclose(fx.symbolic_trace(net)(x), expected)
