"""Literals that the parameters of a constructor are given, which decide what it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from hookproof.syntax import ir

Literal: TypeAlias = ir.Constant | ir.Sequence | ir.Mapping
Given = Mapping[str, Literal]

# The kinds of literals that are followed into a constructor.
KINDS = frozenset({"bool", "float", "int", "None", "str"})
_MAX_ITEMS = 16


def as_literal(expr: ir.Expr | None) -> Literal | None:
    """Return an expression if it is a literal that is followed, or a list, tuple or dict of such."""
    match expr:
        case ir.Constant(kind=kind, value=value) if kind in KINDS and (value is not None or kind == "None"):
            return expr
        case ir.Sequence(kind="list" | "tuple", items=items) if _are_literals(items):
            return expr
        case ir.Mapping(keys=keys, values=values) if _are_literals((*keys, *values)):
            return expr
    return None


def _are_literals(exprs: tuple[ir.Expr | None, ...]) -> bool:
    return len(exprs) <= _MAX_ITEMS and all(as_literal(expr) is not None for expr in exprs)


def literal_key(expr: ir.Expr | None) -> object:
    """Return what is the same for literals that are written alike, wherever they stand."""
    match expr:
        case ir.Constant(kind=kind, value=value):
            return kind, value
        case ir.Sequence(kind=kind, items=items):
            return kind, tuple(map(literal_key, items))
        case ir.Mapping(keys=keys, values=values):
            return "dict", tuple(map(literal_key, keys)), tuple(map(literal_key, values))
    return None
