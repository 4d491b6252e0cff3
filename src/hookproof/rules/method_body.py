"""What in a method's body keeps TorchScript from compiling it, as far as its syntax shows."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.collect import ir

_SYNTAX = {
    "yield": "`yield`",
    "yield from": "`yield`",
    "await": "`await`",
    "f-string conversion": "an f-string conversion",
    "f-string format": "an f-string format",
}


def unsupported(function: ir.Function) -> str | None:
    """Return what in `function` TorchScript cannot parse, in words, or None where nothing is seen."""
    if any(parameter.kind in {"*", "**"} for parameter in function.parameters):
        return "`*` or `**` parameters"
    return next(_statements(function.body), None)


def _statements(statements: tuple[ir.Stmt, ...]) -> Iterator[str]:
    for statement in statements:
        match statement:
            case ir.Try():
                yield "`try`"
            case ir.Define():
                yield "an inner function"
            case ir.Class():
                yield "a class"
            case ir.Import():
                yield "an import"
            case ir.Match():
                yield "`match`"
            case ir.If(test=test, body=body, orelse=orelse):
                if not _mentions_scripting(test):
                    yield from _expression(test)
                    yield from _statements(body)
                    yield from _statements(orelse)
            case ir.While(test=test, body=body):
                yield from _expression(test)
                yield from _statements(body)
            case ir.For(iter=iterated, body=body):
                yield from _expression(iterated)
                yield from _statements(body)
            case ir.Assign(value=value) | ir.Return(value=value) if value is not None:
                yield from _expression(value)
            case ir.AugAssign(value=value) | ir.Expression(value=value):
                yield from _expression(value)


def _expression(expr: ir.Expr) -> Iterator[str]:
    match expr:
        case ir.Lambda():
            yield "a lambda"
        case ir.Walrus():
            yield "`:=`"
        case ir.Opaque(syntax=syntax, children=children):
            if syntax in _SYNTAX:
                yield _SYNTAX[syntax]
            for child in children:
                yield from _expression(child)
        case ir.Call(func=func, args=args):
            yield from _expression(func)
            for argument in args:
                yield from _expression(argument.value)
        case ir.Attribute(value=value) | ir.Subscript(value=value):
            yield from _expression(value)
        case ir.Operation(operands=items) | ir.Sequence(items=items):
            for item in items:
                yield from _expression(item)
        case ir.Conditional(test=test, body=body, orelse=orelse):
            for item in (test, body, orelse):
                yield from _expression(item)
        case ir.Comprehension(kind="set" | "generator"):
            yield f"a {expr.kind} comprehension"


def _mentions_scripting(test: ir.Expr) -> bool:
    """Tell whether a branch may be left out of compilation."""
    match test:
        case ir.Call(func=func):
            return getattr(func, "attr", getattr(func, "id", "")) in {"is_scripting", "hasattr", "isinstance"}
        case ir.Operation(operands=operands):
            return any(_mentions_scripting(operand) for operand in operands)
        case ir.Constant() | ir.Name():
            return True
    return False
