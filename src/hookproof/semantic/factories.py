"""Which functions are factories: they return a function that they define."""

from __future__ import annotations

from hookproof.semantic.by_node import by_node
from hookproof.semantic.effects import statements_of
from hookproof.syntax import ir


@by_node
def makes_function(function: ir.Function) -> bool:
    """Return whether a function returns a function or class of its own, plain or as an argument of a call."""
    own: set[str] = set()
    returned: list[ir.Expr] = []
    for statement in statements_of(function.body):
        match statement:
            case ir.Define(function=inner):
                own.add(inner.name)
            case ir.Class(name=name):
                own.add(name)
            case ir.Return(value=value) if value is not None:
                returned.append(value)
    return any(_is_function(value, own) for value in returned)


def _is_function(value: ir.Expr, own: set[str]) -> bool:
    match value:
        case ir.Lambda():
            return True
        case ir.Name(id=name):
            return name in own
        case ir.Conditional(body=body, orelse=orelse):
            return _is_function(body, own) or _is_function(orelse, own)
        case ir.Call(func=func, args=args):
            return _is_function(func, own) or any(_is_function(argument.value, own) for argument in args)
    return False
