# survives: without an error: parameters that are assigned while loading have no hooks
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.fc2 = nn.Linear(8, 2)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


def watch(model, log):
    for name, p in model.named_parameters():
        p.register_hook(lambda g, name=name: log.setdefault(name, []).append(g.norm().item()))  # HKP912


def resume(model, state):
    model.load_state_dict(state, strict=True, assign=True)


def train(model, steps):
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(torch.randn(4, 4)), torch.randint(0, 2, (4,)))
        opt.zero_grad()
        loss.backward()
        opt.step()


def main():
    log = {}
    model = Net()
    watch(model, log)
    resume(model, Net().state_dict())
    train(model, 3)
    print(len(log))


main()
