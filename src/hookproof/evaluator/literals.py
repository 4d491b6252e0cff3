"""What operators give of literals, the same in programs and in hook bodies."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TypeAlias, TypeGuard

Literal: TypeAlias = int | float | str | bool | None

_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
COMPARISONS = frozenset({"is", "is not", "==", "!=", *_ORDERS})


def combined(op: str, left: Literal, right: Literal) -> Literal:
    """Return what `+`, `-` or `%` makes of two numbers, or `+` of two strings; None where that is unknown."""
    if isinstance(left, str) and isinstance(right, str):
        return left + right if op == "+" else None
    if not _is_number(left) or not _is_number(right):
        return None
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "%" if right:
            return left % right
    return None


def compared(op: str, left: Literal, right: Literal) -> bool | None:
    """Tell how two literals compare, None where that is unknown."""
    if op in {"is", "is not"}:
        return (left == right and type(left) is type(right)) == (op == "is")
    if op in {"==", "!="}:
        return (left == right) == (op == "==")
    if not isinstance(left, (int, float)) or not isinstance(right, (int, float)) or op not in _ORDERS:
        return None
    return _ORDERS[op](left, right)


def _is_number(value: Literal) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
