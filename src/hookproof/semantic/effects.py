"""What a hook does besides returning a value, and what of that lasts."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.semantic.bindings import function_bindings, nested_statements, target_names
from hookproof.semantic.expressions import children, statement_expressions
from hookproof.syntax import ir

_MUTATORS = frozenset(
    {"add", "append", "appendleft", "extend", "insert", "pop", "put", "setdefault", "update", "write"}
)
_SETTERS = frozenset({"setattr", "delattr"})


def written_attributes(body: tuple[ir.Stmt, ...], name: str) -> set[str]:
    """Return the attributes that a body assigns, or changes in place, on the object called `name`."""
    found = set()
    for statement in statements_of(body):
        changed = _changed_in_location(statement)
        if isinstance(changed, ir.Attribute) and _base_name(changed.value) == name:
            found.add(changed.attr)
        for target in _targets(statement):
            if (
                isinstance(target, ir.Attribute)
                and isinstance(target.value, ir.Name)
                and target.value.id == name
            ):
                found.add(target.attr)
    return found


def changed_names(body: tuple[ir.Stmt, ...]) -> set[str]:
    """Return the names whose objects these statements change, those in inner functions included."""
    found: set[str] = set()
    for statement in statements_of(body):
        changed = [_changed_in_location(statement)]
        for expr in statement_expressions(statement):
            changed += [_changed_by_call(part) for part in _parts(expr)]
        if isinstance(statement, ir.Delete):
            changed += [target.value for target in statement.targets if isinstance(target, ir.Subscript)]
        found.update(name for each in changed if each is not None and (name := _base_name(each)))
        if isinstance(statement, ir.Define):
            found |= changed_names(statement.function.body)
    return found


def is_lasting(body: tuple[ir.Stmt, ...], function: ir.Function) -> bool:
    """Return whether a part of a hook changes its result, or something that lives on after the call.

    Printing, logging and checks change neither; of a call that is not known to change anything, nothing
    is said.
    """
    rest = _names_used_beside(body, function)
    return any(_is_lasting(statement, function, rest) for statement in statements_of(body))


def decides_nothing(asked: ir.Expr, function: ir.Function) -> bool:
    """Return whether a condition that a function asks only chooses between ways that do nothing."""
    deciding = [
        statement
        for statement in statements_of(function.body)
        if isinstance(statement, ir.If) and any(inner is asked for inner in _parts(statement.test))
    ]
    return bool(deciding) and all(
        _is_idle(body, function) for statement in deciding for body in (statement.body, statement.orelse)
    )


def _is_idle(body: tuple[ir.Stmt, ...], function: ir.Function) -> bool:
    """Tell whether statements do nothing: they call nobody, bind nothing that is used, and do not leave."""
    expressions = [expr for statement in statements_of(body) for expr in statement_expressions(statement)]
    leaves = any(
        isinstance(statement, (ir.Return, ir.Raise, ir.Assert))
        or (isinstance(statement, ir.Jump) and statement.kind in {"break", "continue"})
        for statement in statements_of(body)
    )
    calls = any(isinstance(part, ir.Call) for expr in expressions for part in _parts(expr))
    return not leaves and not calls and not is_lasting(body, function)


def statements_of(body: tuple[ir.Stmt, ...]) -> Iterator[ir.Stmt]:
    """Yield every statement of a body, those of compound statements included."""
    for statement in body:
        yield statement
        for inner in nested_statements(statement):
            yield from statements_of(inner)


def _changed_in_location(statement: ir.Stmt) -> ir.Expr | None:
    match statement:
        case ir.Expression(value=ir.Call(func=ir.Attribute(value=value, attr=attr))) if attr in _MUTATORS:
            return value
        case (
            ir.Assign(targets=(ir.Subscript(value=value), *_))
            | ir.AugAssign(target=ir.Subscript(value=value))
        ):
            return value
    return None


def _changed_by_call(expr: ir.Expr) -> ir.Expr | None:
    match expr:
        case ir.Call(func=ir.Attribute(value=value, attr=attr)) if attr in _MUTATORS | {"clear", "remove"}:
            return value
    return None


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


# --- what lasts --------------------------------------------------------------------------------------


def _is_lasting(statement: ir.Stmt, function: ir.Function, rest: set[str]) -> bool:
    targets = statement.targets if isinstance(statement, ir.Delete) else _targets(statement)
    for target in targets:
        if isinstance(target, (ir.Attribute, ir.Subscript)) and _lives_outside(target, function):
            return True
        if any(name in rest or name not in function_bindings(function) for name in target_names(target)):
            return True
    match statement:
        case ir.AugAssign(target=ir.Name() as target):
            # In place on a tensor, so the caller sees it even where the name is not returned.
            return _lives_outside(target, function)
        case ir.Return(value=ir.Name(id=name)) if len(function_bindings(function).get(name, ())) == 1:
            return not any(parameter.name == name for parameter in function.parameters)
        case ir.Return(value=value) if value is not None:
            return not isinstance(value, ir.Constant) or value.kind != "None"
        case ir.Expression(value=ir.Call() as call) | ir.Assign(value=ir.Call() as call):
            return _changes_receiver(call, function)
    return False


def _changes_receiver(call: ir.Call, function: ir.Function) -> bool:
    match call.func:
        case ir.Name(id=name):
            return name in _SETTERS
        case ir.Attribute(value=value, attr=attr):
            in_place = attr.endswith("_") and not attr.endswith("__")
            # `write` goes to a log as often as to anything that is read again.
            return (in_place or attr in _MUTATORS - {"write"}) and _lives_outside(value, function)
    return False


def _lives_outside(expr: ir.Expr, function: ir.Function, depth: int = 0) -> bool:
    """Return whether an expression names an object that the function was given or found, not one it made."""
    name = _base_name(expr)
    if name is None or depth > 8:
        return False
    binders = function_bindings(function).get(name, ())
    return not binders or any(
        isinstance(binder, ir.Parameter)
        or (
            isinstance(binder, ir.Assign)
            and isinstance(binder.value, (ir.Name, ir.Attribute, ir.Subscript))
            and _lives_outside(binder.value, function, depth + 1)
        )
        for binder in binders
    )


def _names_used_beside(body: tuple[ir.Stmt, ...], function: ir.Function) -> set[str]:
    """Return the names that a function reads outside a part of it, bare calls such as `print(x)` left out."""
    inside = {id(statement) for statement in statements_of(body)}
    return {
        name
        for statement in statements_of(function.body)
        if id(statement) not in inside and not isinstance(statement, (ir.Expression, ir.Assert))
        for expr in statement_expressions(statement)
        for name in _names(expr)
    }


def _parts(expr: ir.Expr) -> Iterator[ir.Expr]:
    yield expr
    for inner in children(expr):
        yield from _parts(inner)


def _names(expr: ir.Expr) -> Iterator[str]:
    if isinstance(expr, ir.Name):
        yield expr.id
    for inner in children(expr):
        yield from _names(inner)
