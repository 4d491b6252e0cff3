"""Small questions about expressions and the statements that hold them."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.syntax import ir


def children(expr: ir.Expr) -> tuple[ir.Expr, ...]:
    """Return the expressions directly inside an expression; a lambda's body counts as inside."""
    match expr:
        case ir.Attribute(value=value) | ir.Starred(value=value) | ir.Walrus(value=value):
            return (value,)
        case ir.Call(func=func, args=args):
            return (func, *(argument.value for argument in args))
        case ir.Sequence(items=items):
            return items
        case ir.Mapping(keys=keys, values=values):
            return (*(key for key in keys if key is not None), *values)
        case ir.Subscript(value=value, index=index):
            return (value, index)
        case ir.Lambda(function=function):
            return tuple(
                statement.value
                for statement in function.body
                if isinstance(statement, ir.Return) and statement.value is not None
            )
        case ir.Conditional(test=test, body=body, orelse=orelse):
            return (test, body, orelse)
        case ir.Operation(operands=operands):
            return operands
        case ir.Comprehension(elements=elements, clauses=clauses):
            return (*elements, *(inner for clause in clauses for inner in (clause.iter, *clause.conditions)))
        case ir.Opaque(children=inner):
            return inner
    return ()


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
