from torch import nn
from .table import register


@register
class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.fc.register_forward_hook(lambda m, i, o: None)  # HKP201

    def forward(self, x):
        return self.fc(x)
