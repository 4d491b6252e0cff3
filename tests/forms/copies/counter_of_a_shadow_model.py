# survives: without an error: the shadow never counts its own calls
import copy
import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.n_calls = 0
        self.fc.register_forward_pre_hook(self._pre())  # HKP820

    def _pre(self):
        def pre(module, args):
            self.n_calls += 1

        return pre

    def forward(self, x):
        return self.fc(x)


def evaluate(model):
    model.eval()
    with torch.no_grad():
        model(torch.ones(1, 2))
    return model.n_calls


def main():
    model = Gate()
    shadow = copy.deepcopy(model)
    assert evaluate(shadow) == 0
    print(evaluate(shadow))


main()
