"""Calls that another form stands for: `attrgetter("x")(m)` is `m.x`, `map(f, [m])` is `f(m)`.

Compiled code refuses these forms themselves, so what they do to the module counts for Python hooks only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookproof.interpreter.hook_bodies.touch_containers import holds_module, items_of
from hookproof.interpreter.hook_bodies.touch_values import (
    FunctionValue,
    Getter,
    LambdaValue,
    ModuleValue,
    PartialValue,
    SelfValue,
    Value,
    spell,
)
from hookproof.semantic.definitions import (
    ClassDefinition,
    Definition,
    External,
    FunctionDefinition,
    ValueDefinition,
)
from hookproof.semantic.expressions import literal_text
from hookproof.semantic.scope import Scope
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.interpreter.hook_bodies.touch_expressions import ExpressionWalk
    from hookproof.semantic.project import Project

_MAPPING = frozenset({"map", "filter"})
_KEYED = frozenset({"sorted", "min", "max"})


def made_by(node: ir.Call, qualname: str) -> Value | None:
    """Return the callable that a call of the standard library makes."""
    names = tuple(literal_text(argument.value) for argument in node.args if not argument.keyword)
    if qualname == "operator.attrgetter" and names and len(names) == len(node.args):
        known = tuple(name for name in names if name is not None)
        return Getter(known) if len(known) == len(names) else None
    if qualname == "operator.methodcaller" and names and names[0] is not None:
        return Getter((names[0],), node)
    if qualname == "functools.partial" and node.args and not node.args[0].star and not node.args[0].keyword:
        return PartialValue(node.args[0].value, node.args[1:])
    return None


def defined_as(definition: Definition | None, project: Project) -> Value | None:
    """Return the callable that a name outside the hook is bound to, where an expression makes it."""
    if not isinstance(definition, ValueDefinition):
        return None
    value, scope = definition.value, definition.scope
    if isinstance(value, ir.Lambda):
        return LambdaValue(value.function, Scope(scope.file, (*scope.functions, value.function)), {})
    if isinstance(value, ir.Call):
        maker = project.resolve(scope, value.func)
        made = made_by(value, maker.qualname) if isinstance(maker, External) else None
        return made if isinstance(made, Getter) else None
    return None


def named(walk: ExpressionWalk, expr: ir.Expr, value: Value | None) -> Value | None:
    """Return what an expression stands for, a function of the project included."""
    if value is not None or not isinstance(expr, (ir.Name, ir.Attribute)):
        return value
    if isinstance(expr, ir.Name) and expr.id in walk.environment:
        return None
    owner = walk.peek(expr.value) if isinstance(expr, ir.Attribute) else None
    if isinstance(owner, SelfValue) and isinstance(expr, ir.Attribute):
        method = method_of(walk.project, owner, expr.attr)
        return None if method is None else FunctionValue(*method)
    definition = walk.project.resolve(walk.scope, expr) if owner is None else None
    if isinstance(definition, FunctionDefinition):
        return FunctionValue(definition)
    return defined_as(definition, walk.project)


def from_table(walk: ExpressionWalk, expr: ir.Expr) -> FunctionValue | None:
    """Return the function that a literal key gives in a dict outside the hook."""
    if not isinstance(expr, ir.Subscript) or not isinstance(expr.value, (ir.Name, ir.Attribute)):
        return None
    table, key = walk.project.resolve(walk.scope, expr.value), walk.key(expr.index)
    if not isinstance(table, ValueDefinition) or not isinstance(table.value, ir.Mapping) or key is None:
        return None
    for known, value in zip(table.value.keys, table.value.values, strict=True):
        if isinstance(known, ir.Constant) and str(known.value) == key:
            found = walk.project.resolve(table.scope, value)
            return FunctionValue(found) if isinstance(found, FunctionDefinition) else None
    return None


def method_of(project: Project, owner: SelfValue, name: str) -> tuple[FunctionDefinition, SelfValue] | None:
    """Return a method of an object of a project's class, and its `self`."""
    bases = project.mro(owner.owner)
    for base in bases[bases.index(owner.after) + 1 if owner.after in bases else 0 :]:
        if not isinstance(base, ClassDefinition):
            return None
        found = project.method(base, name)
        if found:
            return found[-1], SelfValue(owner.owner, base, fields=owner.fields)
    return None


def call_getter(walk: ExpressionWalk, node: ir.Call, getter: Getter) -> Value | None:
    """`getter(m)`."""
    found: Value | None = None
    for name in getter.names if len(node.args) == 1 else ():
        expr = node.args[0].value
        for part in name.split("."):
            expr = ir.Attribute(node.at, expr, part)
        if getter.call is not None:
            expr = ir.Call(node.at, expr, getter.call.args[1:])
        found = walk.in_python_form(expr)
    return found if len(getter.names) == 1 else None


def call_partial(walk: ExpressionWalk, node: ir.Call, partial: PartialValue) -> Value | None:
    """`partial(...)`, which may never be called: what is fixed by then is followed where it is made."""
    return walk.in_python_form(ir.Call(node.at, partial.func, (*partial.args, *node.args)))


def call_back(walk: ExpressionWalk, node: ir.Call, name: str) -> None:
    """`map(f, modules)`, `sorted(modules, key=f)`: `f` is called with each of them."""
    if name in _MAPPING and len(node.args) == 2:
        function, iterable = node.args[0].value, node.args[1].value
    elif name in _KEYED and node.args:
        keys = [argument.value for argument in node.args if argument.keyword == "key"]
        if not keys:
            return
        function, iterable = keys[0], node.args[0].value
    else:
        return
    value = walk.peek(iterable)
    items = items_of(value) or (walk.element(value),)
    for position, item in enumerate(items):
        if holds_module(item):
            call_with(walk, node, function, item, _spell_item(iterable, position))


def call_with(walk: ExpressionWalk, node: ir.Call, function: ir.Expr, value: Value | None, text: str) -> None:
    """Follow the call of `function` with a value that no expression is written for, spelled `text`."""
    before = walk.environment
    walk.environment = {**before, text: value}
    walk.in_python_form(ir.Call(node.at, function, (ir.Argument(ir.Name(node.at, text)),)))
    walk.environment = before


def _spell_item(iterable: ir.Expr, position: int) -> str:
    if isinstance(iterable, ir.Sequence) and position < len(iterable.items):
        return spell(iterable.items[position])
    return f"{spell(iterable)}[...]"


def applied(walk: ExpressionWalk, node: ir.Call, base: ModuleValue) -> None:
    """`m.apply(f)` calls `f` with the module, after its children."""
    if len(node.args) == 1 and isinstance(node.func, ir.Attribute):
        call_with(walk, node, node.args[0].value, base, spell(node.func.value))
