# survives: without an error: the root has no hook in the graph
import torch
from torch import nn
from torch.fx import symbolic_trace


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)


def normalize(mod, args):
    (x,) = args
    return ((x - 0.5) / 0.25,)


def build():
    net = Net().eval()
    net.register_forward_pre_hook(normalize)  # HKP801
    return net


def main():
    net = build()
    gm = symbolic_trace(net)
    x = torch.rand(3, 2)
    print("max diff", (net(x) - gm(x)).abs().max().item() > 1e-6)


if __name__ == "__main__":
    main()
