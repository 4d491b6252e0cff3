"""Which variable an expression starts from, and which of two expressions speak of the same place."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.semantic.expressions import children
from hookproof.syntax import ir


def base_name(expr: ir.Expr) -> str | None:
    """Return the variable that an expression starts from, through `.attribute`, `[index]`, `.get(…)`."""
    while True:
        match expr:
            case ir.Attribute(value=value) | ir.Subscript(value=value):
                expr = value
            case ir.Call(func=ir.Attribute(value=value, attr="setdefault" | "get" | "detach")):
                expr = value
            case _:
                return expr.id if isinstance(expr, ir.Name) else None


def part_name(expr: ir.Expr, *, is_of_owner: bool = True) -> str | None:
    """Return the first attribute of that variable on the way to an object: `a` of `self.a.b`.

    Where the expression is not what has an attribute, but the attribute itself, its own name is none.
    """
    names: list[str] = []
    while not isinstance(expr, ir.Name):
        match expr:
            case ir.Attribute(value=value, attr=attr):
                names.append(attr)
                expr = value
            case ir.Subscript(value=value) | ir.Call(func=ir.Attribute(value=value)):
                expr = value
            case _:
                return None
    return names[-1] if len(names) > (0 if is_of_owner else 1) else None


def mentions(value: ir.Expr, target: ir.Expr) -> bool:
    """Return whether a value is made from what the target held."""
    return any(_same(expr, target) for expr in subexpressions(value))


def _same(one: ir.Expr, other: ir.Expr) -> bool:
    match one, other:
        case ir.Name(id=left), ir.Name(id=right):
            return left == right
        case ir.Attribute(value=left_value, attr=left), ir.Attribute(value=right_value, attr=right):
            return left == right and _same(left_value, right_value)
        case ir.Subscript(value=left_value), ir.Subscript(value=right_value):
            return _same(left_value, right_value)
        case ir.Call(func=ir.Attribute(value=left_value, attr="get")), ir.Subscript(value=right_value):
            return _same(left_value, right_value)
    return False


def subexpressions(expr: ir.Expr) -> Iterator[ir.Expr]:
    """Yield an expression and all that are in it."""
    yield expr
    for inner in children(expr):
        yield from subexpressions(inner)


def has_call(expr: ir.Expr) -> bool:
    """Return whether an expression calls anything."""
    return any(isinstance(inner, ir.Call) for inner in subexpressions(expr))
