"""The small modules that probes are made with. Their annotations are evaluated: torch 1.8 reads no others."""

# No `from __future__ import annotations` here, see above.
import torch
from torch import nn


class Holder(nn.Module):
    """Holds a module that its forward never calls."""

    def __init__(self, held: nn.Module) -> None:
        super().__init__()
        self.held = held

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return `x`."""
        return x


class Annotated(nn.Module):
    """Has an annotation of its own."""

    size: int


class Child(nn.Module):
    """A small child with a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return `fc(x)`."""
        return self.fc(x)


class Net(nn.Module):
    """A module with a child, a parameter and a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.child = Child()
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("steps", torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the child's result, scaled."""
        return self.child(x) * self.scale + self.steps
