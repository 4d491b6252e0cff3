"""Modules kept in objects that a hook did not make: `self.m = m`, `state["m"] = m`.

The environment has an entry for each, named by how it is written. An entry is given up as soon as somebody
else may have set it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hookproof.interpreter.hook_bodies.touch_containers import has_inside, in_python, is_changeable
from hookproof.interpreter.hook_bodies.touch_values import ModuleValue, SelfValue, Value
from hookproof.semantic.bindings import names_in, nested_statements
from hookproof.semantic.definitions import ClassDefinition, External
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.interpreter.hook_bodies.touch_expressions import ExpressionWalk

Environment = dict[str, Value | None]
_SETTING_BUILTINS = frozenset({"builtins.setattr", "builtins.delattr", "builtins.exec", "builtins.eval"})
_SETTING_METHODS = ("__setattr__", "__getattribute__")


def chain(expr: ir.Expr) -> str | None:
    """Return how a chain of attributes and literal subscripts is written, None for anything else."""
    match expr:
        case ir.Name(id=name):
            return name
        case ir.Attribute(value=value, attr=attr):
            base = chain(value)
            return None if base is None else f"{base}.{attr}"
        case ir.Subscript(value=value, index=ir.Constant(kind="str" | "int", value=key)):
            base = chain(value)
            return None if base is None else f"{base}[{key!r}]"
    return None


def root(key: str) -> str:
    """Return the name that a chain starts with."""
    return key.replace("[", ".").partition(".")[0]


def is_store(key: str) -> bool:
    """Tell whether an entry of the environment is no bare name."""
    return root(key) != key


def step(key: str) -> str:
    """Return the last attribute or subscript of a chain."""
    return key[max(key.rfind("."), key.rfind("[")) :]


def is_rooted(key: str, base: str) -> bool:
    """Tell whether an entry is kept in the object that a chain stands for."""
    return key.startswith((f"{base}.", f"{base}["))


# --- setting -----------------------------------------------------------------------------------------


def keep(walk: ExpressionWalk, target: ir.Expr, owner: Value | None, value: Value | None) -> None:
    """Let an attribute or item of an object that is not the module's stand for `value`."""
    key = chain(target)
    if key is None:
        if isinstance(target, ir.Subscript):
            forget_items(walk.environment)
        return
    forget_step(walk.environment, step(key))
    is_plain = not isinstance(owner, SelfValue) or _is_plain(walk, owner, step(key)[1:])
    if value is not None and is_plain:
        walk.environment[key] = in_python(value)
        walk.has_stores = True


def keep_fields(walk: ExpressionWalk, name: str, made: SelfValue) -> SelfValue:
    """Let the fields of an object that was just made be what is kept in it under its name."""
    walk.environment.update((f"{name}.{field}", value) for field, value in made.fields)
    walk.has_stores = walk.has_stores or bool(made.fields)
    return replace(made, fields=())


def _is_plain(walk: ExpressionWalk, owner: SelfValue, name: str) -> bool:
    """Tell whether what is assigned to an attribute is what it gives back: no property, no `__setattr__`."""
    return not any(
        walk.project.method(base, method)
        for base in walk.project.mro(owner.owner)
        if isinstance(base, ClassDefinition)
        for method in (name, *_SETTING_METHODS)
    )


def forget_step(environment: Environment, last: str) -> None:
    """Give up every entry that an assignment to an attribute or item of that name may change."""
    for key in [key for key in environment if is_store(key) and step(key) == last]:
        del environment[key]


def forget_items(environment: Environment) -> None:
    """Give up every entry that an assignment to a computed item may change."""
    for key in [key for key in environment if is_store(key) and step(key).startswith("[")]:
        del environment[key]


def forget_name(environment: Environment, name: str) -> None:
    """Give up what was kept in the object that a name stood for until now."""
    for key in [key for key in environment if is_store(key) and root(key) == name]:
        del environment[key]


def forget_inside(environment: Environment, value: Value) -> None:
    """Give up every entry that stands for a container that has changed."""
    for key, found in environment.items():
        if has_inside(found, value):
            environment[key] = None


def forget_assigned(environment: Environment, statements: tuple[ir.Stmt, ...]) -> None:
    """Give up what statements assign to attributes and items, whenever they may run."""
    for target in _targets(statements):
        key = chain(target)
        if key is not None:
            forget_step(environment, step(key))
            if isinstance(target, ir.Subscript):
                environment.pop(root(key), None)


def forget_used(environment: Environment, statements: tuple[ir.Stmt, ...]) -> None:
    """Give up what is kept in objects and containers that statements use, in whatever way they end."""
    known = [key for key, value in environment.items() if is_store(key) or is_changeable(value)]
    used = names_in(statements) if known else frozenset()
    for key in known:
        if root(key) in used:
            environment[key] = None


def _targets(statements: Iterable[ir.Stmt]) -> Iterator[ir.Expr]:
    for statement in statements:
        if isinstance(statement, (ir.Assign, ir.Delete)):
            yield from statement.targets
        elif isinstance(statement, (ir.AugAssign, ir.For)):
            yield statement.target
        for inner in nested_statements(statement):
            yield from _targets(inner)


def kept_by(environment: Environment, func: ir.Expr) -> Environment:
    """Return what is kept in the object that a method is called on, by the rest of its chain."""
    key = chain(func.value) if isinstance(func, ir.Attribute) else None
    if key is None:
        return {}
    return {name[len(key) :]: value for name, value in environment.items() if is_rooted(name, key)}


# --- calls -------------------------------------------------------------------------------------------


def after_call(walk: ExpressionWalk, node: ir.Call) -> None:
    """Give up what a call may have changed."""
    definition = walk.project.resolve(walk.scope, node.func)
    external = definition.qualname if isinstance(definition, External) else ""
    if external.startswith("builtins.") and external not in _SETTING_BUILTINS:
        return
    named = _receiver(walk, node.func)
    given = {argument.value.id for argument in node.args if isinstance(argument.value, ir.Name)}
    for name in given:
        value = walk.environment.get(name)
        if value is not None and is_changeable(value):
            forget_inside(walk.environment, value)
    for key in [key for key in walk.environment if is_store(key)]:
        owner, name = walk.environment.get(root(key)), root(key)
        if isinstance(owner, SelfValue):
            is_safe = name not in given and (name not in named or _is_set_here_only(walk, owner, step(key)))
        else:
            is_safe = external != "" and name not in named and name not in given
        if not is_safe:
            del walk.environment[key]


def _receiver(walk: ExpressionWalk, func: ir.Expr) -> frozenset[str]:
    """Return the names that the object a method is called on comes from, none for a module's own method."""
    if not isinstance(func, ir.Attribute) or isinstance(walk.peek(func.value), ModuleValue):
        return frozenset()
    return names_in(func.value)


def _is_set_here_only(walk: ExpressionWalk, owner: SelfValue, last: str) -> bool:
    """Tell whether no other method of the class sets an attribute once its objects are made."""
    here = {function.at for function in walk.scope.functions}
    return last.startswith(".") and not any(
        method.name != "__init__" and method.function.at not in here
        for base in walk.project.mro(owner.owner)
        if isinstance(base, ClassDefinition)
        for method in walk.project.assigning_methods(base, last[1:])
    )
