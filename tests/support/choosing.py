"""How random programs are made: something is asked to choose at every turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Choose(Protocol):
    """Picks one of several options; the first is the plainest."""

    def __call__(self, options: Sequence[T], /) -> T: ...
