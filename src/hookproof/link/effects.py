"""Whether a hook does anything in Python besides returning a value."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.collect import ir
from hookproof.link.bindings import function_bindings, nested_statements
from hookproof.link.case import Hook

_MUTATORS = frozenset({"add", "append", "appendleft", "extend", "insert", "pop", "put", "setdefault", "update", "write"})
_PRINTERS = frozenset({"print"})


def has_side_effects(hook: Hook) -> bool:
    """Return whether the hook changes something outside itself: a container, an object, a global, the output."""
    function = hook.function
    if function is None:
        return False
    local = set(function_bindings(function)) - {parameter.name for parameter in function.parameters}
    return any(_has_effect(statement, local) for statement in statements_of(function.body))


def written_attributes(body: tuple[ir.Stmt, ...], name: str) -> set[str]:
    """Return the attributes that a body assigns, or changes in place, on the object called `name`."""
    found = set()
    for statement in statements_of(body):
        changed = _changed_in_place(statement)
        if isinstance(changed, ir.Attribute) and _base_name(changed.value) == name:
            found.add(changed.attr)
        for target in _targets(statement):
            if isinstance(target, ir.Attribute) and isinstance(target.value, ir.Name) and target.value.id == name:
                found.add(target.attr)
    return found


def statements_of(body: tuple[ir.Stmt, ...]) -> Iterator[ir.Stmt]:
    """Yield every statement of a body, those of compound statements included."""
    for statement in body:
        yield statement
        for inner in nested_statements(statement):
            yield from statements_of(inner)


def _changed_in_place(statement: ir.Stmt) -> ir.Expr | None:
    match statement:
        case ir.Expression(value=ir.Call(func=ir.Attribute(value=value, attr=attr))) if attr in _MUTATORS:
            return value
        case ir.Assign(targets=(ir.Subscript(value=value), *_)) | ir.AugAssign(target=ir.Subscript(value=value)):
            return value
    return None


def _has_effect(statement: ir.Stmt, local: set[str]) -> bool:
    if isinstance(statement, ir.Jump):
        return statement.kind in {"global", "nonlocal"}
    if isinstance(statement, (ir.Expression, ir.Return)) and isinstance(statement.value, ir.Call):
        return _is_mutating(statement.value, local)
    return any(
        isinstance(target, (ir.Attribute, ir.Subscript)) and _base_name(target) not in local
        for target in _targets(statement)
    )


def _is_mutating(call: ir.Call, local: set[str]) -> bool:
    match call.func:
        case ir.Name(id=name):
            return name in _PRINTERS
        case ir.Attribute(value=value, attr=attr):
            return attr in _MUTATORS and _base_name(value) not in local
    return False


def _targets(statement: ir.Stmt) -> tuple[ir.Expr, ...]:
    match statement:
        case ir.Assign(targets=targets):
            return targets
        case ir.AugAssign(target=target):
            return (target,)
    return ()


def _base_name(expr: ir.Expr) -> str | None:
    while isinstance(expr, (ir.Attribute, ir.Subscript)):
        expr = expr.value
    return expr.id if isinstance(expr, ir.Name) else None
