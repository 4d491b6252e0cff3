"""What is certainly evaluated whenever a statement is."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.syntax import ir

_SIMPLE = (ir.Expression, ir.Assign, ir.AugAssign, ir.Delete, ir.Assert, ir.Import, ir.Define, ir.Class)
_SHORT = frozenset({"and", "or"})


def always_evaluates(statement: ir.Stmt, node: ir.Expr) -> bool:
    """Return whether a statement evaluates an expression whatever happens in it but an error."""
    return any(_holds(expr, node) for expr in _first(statement))


def may_end(statement: ir.Stmt) -> bool:
    """Return whether what follows a statement may be left out though nothing fails."""
    return not isinstance(statement, (*_SIMPLE, ir.Jump)) or (
        isinstance(statement, ir.Jump) and statement.kind in {"break", "continue"}
    )


def _first(statement: ir.Stmt) -> Iterator[ir.Expr | None]:
    match statement:
        case ir.Assign(value=value, targets=targets):
            yield from (value, *targets)
        case ir.Expression(value=value) | ir.Return(value=value) | ir.Raise(value=value):
            yield value
        case ir.AugAssign(target=target, value=value):
            yield from (target, value)
        case ir.If(test=test) | ir.While(test=test) | ir.Assert(test=test):
            yield test
        case ir.For(iter=iterated):
            yield iterated
        case ir.Match(subject=subject):
            yield subject
        case ir.With(items=items):
            yield items[0].context


def _holds(expr: ir.Expr | None, node: ir.Expr) -> bool:
    if expr is node:
        return True
    match expr:
        case ir.Attribute(value=value) | ir.Starred(value=value) | ir.Walrus(value=value):
            return _holds(value, node)
        case ir.Call(func=func, args=args):
            return _holds(func, node) or any(_holds(argument.value, node) for argument in args)
        case ir.Subscript(value=value, index=index):
            return _holds(value, node) or _holds(index, node)
        case ir.Sequence(items=items):
            return any(_holds(item, node) for item in items)
        case ir.Mapping(keys=keys, values=values):
            return any(_holds(item, node) for item in (*keys, *values))
        case ir.Operation(op=op, operands=operands):
            return any(_holds(operand, node) for operand in (operands[:1] if op in _SHORT else operands))
        case ir.Conditional(test=test):
            return _holds(test, node)
        case ir.Opaque(syntax="f-string", children=children):
            return any(_holds(child, node) for child in children)
    return False
