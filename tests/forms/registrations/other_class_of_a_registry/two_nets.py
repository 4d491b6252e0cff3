from torch import nn
from table_of_two import register


@register
class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x)


@register
class Hooked(Plain):
    def __init__(self):
        super().__init__()
        self.fc.register_forward_hook(lambda m, i, o: None)
