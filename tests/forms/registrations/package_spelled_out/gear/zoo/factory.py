from torch import Tensor, nn

__all__ = ["build"]


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.seen = []

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


def build(name):
    if name == "tiny":
        return Tiny()
    raise ValueError(name)
