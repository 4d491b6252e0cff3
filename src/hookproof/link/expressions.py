"""Small questions about expressions."""

from __future__ import annotations

from hookproof.collect import ir


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
