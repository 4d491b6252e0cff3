"""Which local names of a function only ever stand for constants that a run through it knows."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.semantic.bindings import function_bindings, nested_statements, shared_names, target_names
from hookproof.semantic.by_node import by_node
from hookproof.syntax import ir


@by_node
def local_constants(function: ir.Function) -> frozenset[str]:
    """Return the names that a function assigns constants to and nothing else.

    What is assigned in a loop, a `try`, a `with` or an inner function is left out: nobody knows how often,
    or whether, it is.
    """
    assigned = frozenset(_assigned(function.body))
    others = {
        name
        for name in assigned
        for binder in function_bindings(function).get(name, ())
        if not isinstance(binder, ir.Assign)
    }
    return assigned - others - frozenset(_reassigned(function.body))


def _assigned(body: tuple[ir.Stmt, ...]) -> Iterator[str]:
    for statement in body:
        match statement:
            case ir.If():
                yield from _assigned(statement.body)
                yield from _assigned(statement.orelse)
            case ir.Assign(targets=targets, value=value) if value is not None:
                yield from (name for target in targets for name in _constants(target, value))


def _reassigned(body: tuple[ir.Stmt, ...], *, is_plain: bool = True) -> Iterator[str]:
    """Yield the names that are bound to anything else, or where it is not known how often."""
    for statement in body:
        match statement:
            case ir.Assign(targets=targets, value=value) if value is not None:
                for target in targets:
                    constants = set(_constants(target, value)) if is_plain else set()
                    yield from (name for name in target_names(target) if name not in constants)
            case ir.Delete(targets=targets):
                yield from (name for target in targets for name in target_names(target))
            case ir.Define(function=function):
                yield from shared_names(function.body, "nonlocal")
            case ir.Class(body=inner):
                yield from shared_names(inner, "nonlocal")
        for nested in nested_statements(statement):
            yield from _reassigned(nested, is_plain=is_plain and isinstance(statement, (ir.If, ir.Match)))


def _constants(target: ir.Expr, value: ir.Expr) -> Iterator[str]:
    match target, value:
        case ir.Name(id=name), ir.Constant():
            yield name
        case ir.Sequence(items=targets), ir.Sequence(items=values) if len(targets) == len(values):
            for inner, given in zip(targets, values, strict=True):
                yield from _constants(inner, given)
