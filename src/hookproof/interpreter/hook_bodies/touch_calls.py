"""Calls in a hook's body: methods of the module and of what holds it, and whatever else is called with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookproof.interpreter.hook_bodies import (
    touch_builtins,
    touch_callables,
    touch_containers,
    touch_functions,
    touch_stores,
    touch_submodules,
    touch_texts,
)
from hookproof.interpreter.hook_bodies.touch_containers import holds_module, in_python, module_in
from hookproof.interpreter.hook_bodies.touch_values import (
    FunctionValue,
    Getter,
    LambdaValue,
    Mapped,
    MaybeModule,
    MembersValue,
    MethodValue,
    ModuleValue,
    NamespaceValue,
    PartialValue,
    Reference,
    SelfValue,
    Submodules,
    SubmoduleTable,
    Text,
    TupleValue,
    Value,
    child,
)
from hookproof.semantic.definitions import ClassDefinition, Definition, External, FunctionDefinition
from hookproof.semantic.expressions import is_super, literal_text
from hookproof.semantic.fields import fields_of, has_fields
from hookproof.syntax import ir
from hookproof.torch_types.annotations import annotation_type

if TYPE_CHECKING:
    from hookproof.interpreter.hook_bodies.touch_expressions import ExpressionWalk


_CONTAINERS = (Mapped, SubmoduleTable, Submodules, TupleValue)


def call(walk: ExpressionWalk, node: ir.Call) -> Value | None:
    """Record what a call does to the module and return what it gives."""
    value = _call(walk, node)
    if walk.has_stores:
        touch_stores.after_call(walk, node)
    return value


def _call(walk: ExpressionWalk, node: ir.Call) -> Value | None:
    definition = None
    if isinstance(node.func, ir.Name) and node.func.id in walk.environment:
        callee = walk.evaluate(node.func)
    elif isinstance(node.func, ir.Attribute):
        base = walk.evaluate(node.func.value)
        if base is None and is_super(node.func.value):
            base = _super(walk)
        callee = walk.stored(node.func, base)
        if callee is None and isinstance(base, SelfValue):
            return touch_functions.self_method(walk, node, base, node.func.attr)
        if isinstance(base, _CONTAINERS) and callee is None:
            return _container_method(walk, node, node.func, base)
        if callee is None and base is not None:
            return _method(walk, node, node.func, base)
        definition = walk.project.resolve(walk.scope, node.func) if callee is None else None
    else:
        callee = None if isinstance(node.func, ir.Name) else walk.evaluate(node.func)
        callee = callee or touch_callables.from_table(walk, node.func)
        definition = walk.project.resolve(walk.scope, node.func)
    if callee is None:
        callee = touch_callables.defined_as(definition, walk.project)
    if isinstance(callee, (ModuleValue, MethodValue, MaybeModule)):
        _called(walk, node, callee)
        return None
    if isinstance(definition, External):
        if definition.qualname.startswith("builtins."):
            return touch_builtins.call(walk, node, definition.qualname.partition(".")[2])
        if definition.qualname.startswith("inspect.") and len(node.args) == 1:
            _inspect(walk, node)
            return None
    values = [walk.evaluate(argument.value) for argument in node.args]
    called = callee.definition if isinstance(callee, FunctionValue) else definition
    for position, (argument, value) in enumerate(zip(node.args, values, strict=True)):
        target = _plain_function(walk, called, position, argument)
        inner = value if isinstance(value, ModuleValue) else module_in(value) if target else None
        if inner is not None:
            # Whatever else the container holds, the function takes none.
            passed = inner if inner is value else ModuleValue(inner.path, inner.owner)
            walk.record("passed on", "argument", argument.value, passed, None, call=node, target=target)
    if isinstance(definition, FunctionDefinition):
        return touch_functions.enter(walk, node, definition, values)
    if isinstance(callee, FunctionValue):
        return touch_functions.enter(walk, node, callee.definition, values, owner=callee.owner)
    if isinstance(callee, LambdaValue):
        return touch_functions.follow(
            walk,
            node,
            callee.function,
            callee.scope,
            {**callee.environment, **touch_functions.given(walk, node, callee.function, values)},
        )
    if isinstance(callee, Reference):
        return callee.value
    if isinstance(callee, Getter):
        return touch_callables.call_getter(walk, node, callee)
    if isinstance(callee, PartialValue):
        return touch_callables.call_partial(walk, node, callee)
    if isinstance(definition, (External, ClassDefinition)):
        return _made(walk, node, definition, values)
    return None


def _plain_function(
    walk: ExpressionWalk, definition: Definition | None, position: int, argument: ir.Argument
) -> str | None:
    """Return the name of a function that compiled code calls and that does not take just anything there."""
    if not isinstance(definition, FunctionDefinition) or definition.decorators:
        return None
    parameters = definition.function.parameters
    named = (
        [p for p in parameters if p.name == argument.keyword] if argument.keyword else parameters[position:]
    )
    annotation = named[0].annotation if named else None
    known = annotation_type(annotation, definition.scope, walk.project).name if annotation else None
    return None if "Any" in (known or "") else definition.qualname


def _made(
    walk: ExpressionWalk, node: ir.Call, definition: External | ClassDefinition, values: list[Value | None]
) -> Value | None:
    """Return the callable or the object with fields that a call makes."""
    made = None
    if isinstance(definition, External):
        made = touch_callables.made_by(node, definition.qualname) or touch_containers.made_by(
            definition.qualname, values
        )
    if isinstance(made, PartialValue):
        touch_callables.call_partial(walk, ir.Call(node.at, node.func, ()), made)
    if made is not None or not any(map(holds_module, values)):
        return made
    keywords = [argument.keyword for argument in node.args]
    if isinstance(definition, External):
        if definition.qualname != "types.SimpleNamespace" or None in keywords:
            return None
    elif any(argument.star for argument in node.args):
        return None
    elif not has_fields(definition, walk.project):
        return touch_functions.instance(walk, node, definition, values)
    else:
        names = [field.name for field in fields_of(definition, walk.project)]
        if len(keywords) > len(names):
            return None
        keywords = [keyword or names[position] for position, keyword in enumerate(keywords)]
    walk.has_stores = True
    pairs = zip(keywords, map(in_python, values), strict=True)
    return Mapped(tuple((name, value) for name, value in pairs if name is not None), "attribute")


def _called(walk: ExpressionWalk, node: ir.Call, callee: ModuleValue | MethodValue | MaybeModule) -> None:
    _arguments(walk, node)
    if isinstance(callee, ModuleValue):
        walk.record("call", "call", node.func, callee, None, call=node)


def _arguments(walk: ExpressionWalk, node: ir.Call) -> list[Value | None]:
    values = [walk.evaluate(argument.value) for argument in node.args]
    for argument, value in zip(node.args, values, strict=True):
        if isinstance(value, ModuleValue):
            walk.record("passed on", "argument", argument.value, value, None, call=node)
    return values


def _method(walk: ExpressionWalk, node: ir.Call, func: ir.Attribute, base: Value) -> Value | None:
    """`base.name(...)` where `base` has to do with the module."""
    name = func.attr
    literal = literal_text(node.args[0].value) if len(node.args) == 1 else None
    if isinstance(base, MembersValue):
        _arguments(walk, node)
        if base.name == "_modules" and name in touch_submodules.METHODS:
            return touch_submodules.handed_out(base.module, name, node.args)
        return child(base.module, literal) if base.name == "_modules" and name == "get" and literal else None
    if isinstance(base, NamespaceValue) and name in {"update", "setdefault"}:
        _namespace_update(walk, node, base)
    walk.attribute(func, base, "call", "attribute", name, node)
    values = _arguments(walk, node)
    if isinstance(base, Text) and name == "format":
        return touch_texts.formatted(walk, node, base.text, values)
    if not isinstance(base, ModuleValue):
        return None
    if name == "get_submodule" and literal:
        found: Value | None = base
        for part in literal.split("."):
            found = child(found, part) if isinstance(found, ModuleValue) else None
        return found
    is_unlikely = name in {"values", "items"} and base.owner is None and not base.path
    if name in touch_submodules.METHODS and not is_unlikely:
        walk.has_stores = True
        return touch_submodules.handed_out(base, name, node.args)
    if name == "apply":
        touch_callables.applied(walk, node, base)
    if name in {"train", "eval", "to", "requires_grad_", "apply"}:
        return base
    return None


def _namespace_update(walk: ExpressionWalk, node: ir.Call, namespace: NamespaceValue) -> None:
    """`vars(m).update(x=1)`, `m.__dict__.setdefault("x", 1)`: which names, None where that is not known."""
    first = node.args[0].value if node.args else None
    value = walk.peek(first) if first is not None else None
    names: list[str | None] = [argument.keyword for argument in node.args if argument.keyword]
    if isinstance(value, Text):
        names.append(value.text)
    elif isinstance(value, Mapped):
        names += [name for name, _ in value.entries]
    elif len(names) < len(node.args):
        names.append(None)
    for found in names:
        walk.record("write", "namespace item", node, namespace.module, found, call=node)


def _container_method(
    walk: ExpressionWalk,
    node: ir.Call,
    func: ir.Attribute,
    base: Mapped | SubmoduleTable | Submodules | TupleValue,
) -> Value | None:
    """`d.get("m")`, `modules.append(m)`."""
    values = _arguments(walk, node)
    if func.attr in touch_containers.APPENDING and isinstance(base, TupleValue) and len(values) == 1:
        found, after = None, touch_containers.appended(base, values[0])
    else:
        key = walk.key(node.args[0].value) if node.args else None
        found, after = touch_containers.method(base, func.attr, key)
    if after is not base:
        walk.changed(func.value, base, after)
    return found


def _inspect(walk: ExpressionWalk, node: ir.Call) -> None:
    value = walk.evaluate(node.args[0].value)
    if isinstance(value, MethodValue):
        walk.record("read", "inspect", node, value.module, value.name, call=node)


def _super(walk: ExpressionWalk) -> SelfValue | None:
    """Return `super()` in a method of a bound-method hook's class."""
    for value in walk.environment.values():
        if isinstance(value, SelfValue):
            return SelfValue(value.owner, value.method_of, after=value.method_of or value.owner)
    return None
