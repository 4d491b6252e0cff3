"""Project functions, methods and classes that a hook calls with its module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hookproof.interpreter.hook_bodies import touch_callables, touch_stores
from hookproof.interpreter.hook_bodies.touch_containers import holds_module, in_python
from hookproof.interpreter.hook_bodies.touch_values import ModuleValue, PartialValue, SelfValue, Value, spell
from hookproof.semantic.definitions import ClassDefinition, FunctionDefinition
from hookproof.semantic.place import Place
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.interpreter.hook_bodies.touch_expressions import ExpressionWalk

_MAX_HELPERS = 2


def self_method(walk: ExpressionWalk, node: ir.Call, owner: SelfValue, name: str) -> Value | None:
    """`self.helper(module)` in a bound-method hook."""
    values = [walk.evaluate(argument.value) for argument in node.args]
    for argument, value in zip(node.args, values, strict=True):
        if isinstance(value, ModuleValue):
            walk.record("passed on", "argument", argument.value, value, None, call=node)
    found = touch_callables.method_of(walk.project, owner, name)
    return None if found is None else enter(walk, node, found[0], values, owner=found[1])


def enter(
    walk: ExpressionWalk,
    node: ir.Call,
    definition: FunctionDefinition,
    values: list[Value | None],
    *,
    owner: SelfValue | None = None,
) -> Value | None:
    """Follow the call of a project function, with `owner` as its `self`; return what it gives."""
    kept = {} if owner is None else _kept(walk, node, owner)
    if not kept and not any(map(holds_module, values)):
        return None
    function = definition.function
    is_static = any(spell(item) == "staticmethod" for item in function.decorators)
    skip = 0 if owner is None or is_static else 1
    environment = given(walk, node, function, values, skip)
    if skip and function.parameters:
        name = function.parameters[0].name
        environment[name] = None if owner is None else replace(owner, fields=())
        environment.update((f"{name}{rest}", value) for rest, value in kept.items())
    scope = Scope(definition.scope.file, (*definition.scope.functions, function))
    return follow(walk, node, function, scope, environment)


def _kept(walk: ExpressionWalk, node: ir.Call, owner: SelfValue) -> touch_stores.Environment:
    fields = {f".{name}": value for name, value in owner.fields}
    return {**touch_stores.kept_by(walk.environment, node.func), **fields}


def follow(
    walk: ExpressionWalk,
    node: ir.Call,
    function: ir.Function,
    scope: Scope,
    environment: touch_stores.Environment,
) -> Value | None:
    """Walk a function that is called, unless it is too deep or already under way; return what it gives."""
    inner = _walked(walk, node, function, scope, environment)
    if inner is None or not inner.returned or function.is_generator or function.is_async:
        return None
    first = inner.returned[0]
    return in_python(first) if all(value == first for value in inner.returned) else None


def _walked(
    walk: ExpressionWalk,
    node: ir.Call,
    function: ir.Function,
    scope: Scope,
    environment: touch_stores.Environment,
) -> ExpressionWalk | None:
    carries = any(map(holds_module, environment.values()))
    if not carries or len(walk.helpers) >= _MAX_HELPERS or function.at in walk.active:
        return None
    return walk.enter(function, scope, environment, Place(walk.scope.file, node.at))


def instance(
    walk: ExpressionWalk, node: ir.Call, cls: ClassDefinition, values: list[Value | None]
) -> Value | None:
    """`Info(m)`: follow `__init__` and return the object with what it keeps."""
    found = touch_callables.method_of(walk.project, SelfValue(cls), "__init__")
    if found is None or not found[0].function.parameters:
        return None
    definition, owner = found
    function, name = definition.function, definition.function.parameters[0].name
    environment = {**given(walk, node, function, values, 1), name: owner}
    scope = Scope(definition.scope.file, (*definition.scope.functions, function))
    inner = _walked(walk, node, function, scope, environment)
    if inner is None:
        return None
    fields = tuple(
        (key[len(name) + 1 :], value)
        for key, value in inner.environment.items()
        if touch_stores.is_rooted(key, name) and value is not None
    )
    return SelfValue(cls, fields=fields)


def given(
    walk: ExpressionWalk, node: ir.Call, function: ir.Function, values: list[Value | None], skip: int = 0
) -> dict[str, Value | None]:
    """Map arguments to parameters, functions of the project among them."""
    arguments = zip(node.args, values, strict=True)
    known = [touch_callables.named(walk, argument.value, value) for argument, value in arguments]
    return _environment(node, function, known, skip)


def _environment(
    node: ir.Call, function: ir.Function, values: list[Value | None], skip: int
) -> dict[str, Value | None]:
    """Map arguments to parameters; nothing is known of what follows an unpacked argument."""
    positional = [p for p in function.parameters if p.kind in {"positional-only", "positional"}][skip:]
    environment: dict[str, Value | None] = {parameter.name: None for parameter in function.parameters}
    position = 0
    for argument, value in zip(node.args, values, strict=True):
        # What a partial is made of is written in the caller's names.
        value = None if isinstance(value, PartialValue) else value
        if argument.keyword is not None:
            if argument.keyword in environment:
                environment[argument.keyword] = value
        elif argument.star == "*":
            position = len(positional)
        elif argument.star == "" and position < len(positional):
            environment[positional[position].name] = value
            position += 1
    return environment
