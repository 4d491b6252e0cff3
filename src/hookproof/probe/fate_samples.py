"""Modules and hooks whose fates are probed. Their annotations are evaluated: torch 1.8 reads only those."""

# No `from __future__ import annotations` here, see above.
from typing import Any, List, Tuple

import torch
from torch import Tensor, nn

CALLS: List[str] = []


class Leaf(nn.Module):
    """A part of a part."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4, bias=False)
        with torch.no_grad():
            self.linear.weight.copy_(torch.eye(4))

    def forward(self, x: Tensor) -> Tensor:
        """Return what the layer gives."""
        return self.linear(x)


class Net(nn.Module):
    """A root with a child of the project's, which has one of torch's: the places where a hook may be."""

    def __init__(self) -> None:
        super().__init__()
        self.child = Leaf()

    def forward(self, x: Tensor) -> Tensor:
        """Return what the child gives, and more of it."""
        return self.child(x) + x


def counts(*_: Any) -> None:
    """Tell of each call: a hook of any kind that changes nothing."""
    CALLS.append("called")


def doubles(module: Net, inputs: Tuple[Tensor], output: Tensor) -> Tensor:
    """Change an output, which compiled code can do too."""
    return output * 2


def doubles_first(module: Net, inputs: Tuple[Tensor]) -> Tuple[Tensor]:
    """Change an input."""
    return (inputs[0] * 2,)
