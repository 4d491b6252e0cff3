"""How a node is numbered: `at` is the index of its block, shifted, plus its ordinal in that block."""

from __future__ import annotations

_ORDINAL_BITS = 20
_ORDINAL_MASK = (1 << _ORDINAL_BITS) - 1


def first_of(block: int) -> int:
    """Return the number of the first node of a block."""
    return block << _ORDINAL_BITS


def block_of(at: int) -> int:
    """Return the index of the block that node `at` stands in."""
    return at >> _ORDINAL_BITS


def ordinal_of(at: int) -> int:
    """Return which node of its block `at` is."""
    return at & _ORDINAL_MASK
