from torch import nn
from model_table import register_model


def show(m, i, o):  # HKP204
    print(o.shape)


@register_model
class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.fc.register_forward_hook(show)

    def forward(self, x):
        return self.fc(x)
