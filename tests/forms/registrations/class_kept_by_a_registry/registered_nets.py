from torch import nn
from model_registry import MODELS


def show(m, i, o):  # HKP204
    print(o.shape)


@MODELS.register()
class Small(nn.Module):
    def __init__(self, width=2):
        super().__init__()
        self.fc = nn.Linear(2, width)
        self.fc.register_forward_hook(show)

    def forward(self, x):
        return self.fc(x)
