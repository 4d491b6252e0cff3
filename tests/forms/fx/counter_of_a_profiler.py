# survives: without an error: blocks are inlined, and the graph never calls their hooks
import torch
from torch import nn, fx


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)
        self.bn = nn.BatchNorm2d(c)

    def forward(self, x):
        return x + torch.relu(self.bn(self.conv(x)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3)
        self.body = nn.Sequential(Residual(8), Residual(8))
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = self.body(self.stem(x))
        return self.head(x.mean((2, 3)))


class Profiler:
    def __init__(self, model):
        self.flops = 0
        self.handles = []
        for name, module in model.named_modules():
            if isinstance(module, Residual):
                self.handles.append(module.register_forward_hook(self.count))  # HKP802

    def count(self, module, inputs, output):
        self.flops += 1

    def close(self):
        for h in self.handles:
            h.remove()


def main():
    model = Net().eval()
    prof = Profiler(model)
    gm = fx.symbolic_trace(model)
    prof.flops = 0
    for _ in range(4):
        gm(torch.randn(1, 3, 16, 16))
    print("calls", prof.flops)


if __name__ == "__main__":
    main()
