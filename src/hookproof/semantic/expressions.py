"""Small questions about expressions and the statements that hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hookproof.syntax import ir


def children(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """Return the expressions directly inside an expression; a lambda's body counts as inside."""
    inside = _INSIDE.get(type(expr))
    return inside(expr) if inside is not None else ()


def _in_lambda(expr: ir.Lambda) -> tuple[ir.Expr, ...]:
    body = expr.function.body
    return tuple(each.value for each in body if isinstance(each, ir.Return) and each.value is not None)


def _in_comprehension(expr: ir.Comprehension) -> tuple[ir.Expr, ...]:
    return (
        *expr.elements,
        *(inner for clause in expr.clauses for inner in (clause.iter, *clause.conditions)),
    )


# By the type, for this is asked of every expression of large files.
_INSIDE: dict[type[ir.Expr], Callable[[Any], tuple[ir.Expr, ...]]] = {
    ir.Attribute: lambda expr: (expr.value,),
    ir.Starred: lambda expr: (expr.value,),
    ir.Walrus: lambda expr: (expr.value,),
    ir.Call: lambda expr: (expr.func, *(argument.value for argument in expr.args)),
    ir.Sequence: lambda expr: expr.items,
    ir.Mapping: lambda expr: (*(key for key in expr.keys if key is not None), *expr.values),
    ir.Subscript: lambda expr: (expr.value, expr.index),
    ir.Lambda: _in_lambda,
    ir.Conditional: lambda expr: (expr.test, expr.body, expr.orelse),
    ir.Operation: lambda expr: expr.operands,
    ir.Comprehension: _in_comprehension,
    ir.Opaque: lambda expr: expr.children,
}


def literal_text(expr: ir.Expr | None) -> str | None:
    """Return the text of a string literal, None for anything else."""
    if isinstance(expr, ir.Constant) and expr.kind == "str" and isinstance(expr.value, str):
        return expr.value
    return None


def statement_expressions(statement: ir.Stmt) -> Iterator[ir.Expr]:
    """Yield the expressions a statement evaluates itself, those of its inner statements left out."""
    match statement:
        case ir.Assign(value=value) | ir.Return(value=value) | ir.Raise(value=value):
            if value is not None:
                yield value
        case ir.AugAssign(value=value) | ir.Expression(value=value):
            yield value
        case ir.If(test=test) | ir.While(test=test) | ir.Assert(test=test):
            yield test
        case ir.For(iter=iterable):
            yield iterable
        case ir.With(items=items):
            for item in items:
                yield item.context
        case ir.Match(subject=subject):
            yield subject


def is_super(expr: ir.Expr) -> bool:
    """Return whether an expression is a call of `super`."""
    return isinstance(expr, ir.Call) and isinstance(expr.func, ir.Name) and expr.func.id == "super"
