# breaks: a local function is on a model that saves itself
import torch
import io
from torch import nn


class Base(nn.Module):
    def save(self, path):
        torch.save(self, path)


class Net(Base):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self._register()

    def _register(self):
        def _hook(module, inp, out):
            self.last = out.detach()

        self.fc.register_forward_hook(_hook)  # HKP830

    def forward(self, x):
        return self.fc(x)


def run():
    net = Net()
    net(torch.ones(1, 2))
    net.save(io.BytesIO())


run()
