# survives: a state dict has no hooks
import torch
import os
import tempfile
from torch import nn


class Trainer:
    def __init__(self, model, out):
        self.model = model
        self.out = out
        self.norms = []
        for n, m in self.model.named_modules():
            if isinstance(m, nn.Linear):
                m.register_forward_hook(self._make(n))
        self.opt = torch.optim.SGD(model.parameters(), 0.1)

    def _make(self, name):
        def hook(m, i, o):
            self.norms.append((name, o.norm().item()))

        return hook

    def train(self):
        for _ in range(2):
            loss = self.model(torch.randn(2, 4)).sum()
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
        self.save()

    def save(self):
        torch.save(self.model.state_dict(), os.path.join(self.out, "model.pth"))


def main():
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
    Trainer(model, tempfile.mkdtemp()).train()


if __name__ == "__main__":
    main()
