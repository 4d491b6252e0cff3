"""Calls in a hook's body: built-in functions, methods of the module, and helpers it is passed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hookproof.collect import ir
from hookproof.finding import Use
from hookproof.link import touch_callables, touch_containers, touch_stores
from hookproof.link.case import Scope
from hookproof.link.definitions import ClassDefinition, Definition, External, FunctionDefinition
from hookproof.link.expressions import is_super
from hookproof.link.fields import fields_of, has_fields
from hookproof.link.place import Place
from hookproof.link.touch_containers import holds_module, in_python, items_of
from hookproof.link.touch_types import assigned_type, made_by
from hookproof.link.touch_values import (
    CHILD_METHODS,
    ClassOf,
    Elements,
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
    SelfValue,
    Text,
    TupleValue,
    Value,
    child,
    children,
    known,
    member,
    spell,
)

if TYPE_CHECKING:
    from hookproof.link.touch_expressions import ExpressionWalk

_MAX_HELPERS = 2
_WHOLE = frozenset(
    {"vars", "str", "repr", "super", "len", "callable", "dir", "bool", "hash", "id", "print", "format"}
)
_ITERATING = frozenset({"list", "tuple", "set", "sorted", "iter", "sum", "any", "all", "dict", "frozenset"})
_ATTRIBUTE_USES: dict[str, Use] = {
    "getattr": "read",
    "hasattr": "read",
    "setattr": "write",
    "delattr": "delete",
}


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
            return _self_method(walk, node, base, node.func.attr)
        if isinstance(base, (Mapped, TupleValue)) and callee is None:
            return _container_method(walk, node, node.func, base)
        if callee is None and base is not None:
            return _method(walk, node, node.func, base)
        definition = walk.project.resolve(walk.scope, node.func) if callee is None else None
    else:
        callee = None if isinstance(node.func, ir.Name) else walk.evaluate(node.func)
        definition = walk.project.resolve(walk.scope, node.func)
    if callee is None:
        callee = touch_callables.defined_as(definition, walk.project)
    if isinstance(callee, (ModuleValue, MethodValue, MaybeModule)):
        _called(walk, node, callee)
        return None
    if isinstance(definition, External):
        if definition.qualname.startswith("builtins."):
            return _builtin(walk, node, definition.qualname.partition(".")[2])
        if definition.qualname.startswith("inspect.") and len(node.args) == 1:
            _inspect(walk, node)
            return None
    values = [walk.evaluate(argument.value) for argument in node.args]
    target = _plain_function(definition)
    for argument, value in zip(node.args, values, strict=True):
        if isinstance(value, ModuleValue):
            walk.record("passed on", "argument", argument.value, value, None, call=node, target=target)
    if isinstance(definition, FunctionDefinition):
        return _enter(walk, node, definition, values)
    if isinstance(callee, FunctionValue):
        return _enter(walk, node, callee.definition, values, owner=callee.owner)
    if isinstance(callee, LambdaValue):
        return _follow(
            walk,
            node,
            callee.function,
            callee.scope,
            {**callee.environment, **_given(walk, node, callee.function, values)},
        )
    if isinstance(callee, Getter):
        return touch_callables.call_getter(walk, node, callee)
    if isinstance(callee, PartialValue):
        return touch_callables.call_partial(walk, node, callee)
    if isinstance(definition, (External, ClassDefinition)):
        return _made(walk, node, definition, values)
    return None


def _plain_function(definition: Definition | None) -> str | None:
    is_plain = isinstance(definition, FunctionDefinition) and not definition.decorators
    return definition.qualname if isinstance(definition, FunctionDefinition) and is_plain else None


def _made(
    walk: ExpressionWalk, node: ir.Call, definition: External | ClassDefinition, values: list[Value | None]
) -> Value | None:
    """Return the callable or the object with fields that a call makes."""
    made = touch_callables.made_by(node, definition.qualname) if isinstance(definition, External) else None
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
        return _instance(walk, node, definition, values)
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


def _arguments(walk: ExpressionWalk, node: ir.Call) -> None:
    for argument in node.args:
        value = walk.evaluate(argument.value)
        if isinstance(value, ModuleValue):
            walk.record("passed on", "argument", argument.value, value, None, call=node)


def _method(walk: ExpressionWalk, node: ir.Call, func: ir.Attribute, base: Value) -> Value | None:
    """`base.name(...)` where `base` has to do with the module."""
    name = func.attr
    literal = _literal(node.args[0].value) if len(node.args) == 1 else None
    if isinstance(base, MembersValue):
        _arguments(walk, node)
        shape = CHILD_METHODS.get(name)
        if base.name == "_modules" and shape is not None:
            return children(base.module, shape)
        return child(base.module, literal) if base.name == "_modules" and name == "get" and literal else None
    if isinstance(base, NamespaceValue) and name in {"update", "setdefault"}:
        _namespace_update(walk, node, base)
    walk.attribute(func, base, "call", "attribute", name, node)
    _arguments(walk, node)
    if not isinstance(base, ModuleValue):
        return None
    if name == "get_submodule" and literal:
        found: Value | None = base
        for part in literal.split("."):
            found = child(found, part) if isinstance(found, ModuleValue) else None
        return found
    if name in CHILD_METHODS and not (name in {"values", "items"} and base.owner is None and not base.path):
        return children(base, CHILD_METHODS[name], with_itself=name.endswith("modules"))
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
    walk: ExpressionWalk, node: ir.Call, func: ir.Attribute, base: Mapped | TupleValue
) -> Value | None:
    """`d.get("m")`, `modules.append(m)`."""
    _arguments(walk, node)
    first = walk.peek(node.args[0].value) if node.args else None
    if func.attr == "append" and isinstance(base, TupleValue) and len(node.args) == 1:
        found, after = None, touch_containers.appended(base, first)
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


# --- built-in functions ----------------------------------------------------------------------------


def _builtin(walk: ExpressionWalk, node: ir.Call, name: str) -> Value | None:
    values = [walk.evaluate(argument.value) for argument in node.args]
    first = values[0] if values else None
    if name == "super" and len(values) == 2:
        first = values[1]
    if name in _ATTRIBUTE_USES and isinstance(first, (ModuleValue, MethodValue)) and len(values) > 1:
        return _named_attribute(walk, node, name, first)
    touch_callables.call_back(walk, node, name)
    if name in {"enumerate", "reversed", "zip", "map", "filter", "iter"}:
        return _iterator(walk, node, name, values)
    if name in _ITERATING:
        for argument, value in zip(node.args, values, strict=True):
            if isinstance(value, (ModuleValue, MembersValue)):
                walk.iterate(argument.value)
        return _collected(node, name, values)
    if not isinstance(first, ModuleValue):
        for argument, value in zip(node.args, values, strict=True):
            if isinstance(value, ModuleValue):
                walk.record("passed on", "argument", argument.value, value, None, call=node)
        return None
    if name == "type" and len(values) == 1:
        walk.record("type", "type", node, first, None, call=node)
        return ClassOf(first)
    if name == "isinstance" and len(values) == 2:
        _isinstance(walk, node, first)
    elif name in _WHOLE:
        use: Use = "type" if name in {"vars", "str", "repr", "super"} else "read"
        target = _super_class(walk, node) if name == "super" else None
        operation = "identity" if name in {"id", "hash"} else name
        walk.record(use, operation, node, first, None, call=node, target=target)
        return NamespaceValue(first) if name == "vars" else None
    else:
        walk.record("passed on", "argument", node.args[0].value, first, None, call=node)
    return None


def _super_class(walk: ExpressionWalk, node: ir.Call) -> str | None:
    """Return the class of `super(Net, m)` where a ScriptModule is certainly no instance of it."""
    definition = walk.project.resolve(walk.scope, node.args[0].value)
    if isinstance(definition, (ClassDefinition, External)):
        found = walk.project.module_class(definition)
        if found is not None and known(found) and found.is_a("torch.jit.ScriptModule") is False:
            return found.qualname
    return None


def _collected(node: ir.Call, name: str, values: list[Value | None]) -> Value | None:
    """Return what `list(...)`, `dict(...)` and their like give."""
    first = values[0] if values else None
    if name == "dict" and node.args and all(argument.keyword for argument in node.args):
        return touch_containers.mapping([argument.keyword for argument in node.args], tuple(values))
    if name == "dict" and isinstance(first, Mapped) and len(values) == 1:
        return first
    if name not in {"list", "tuple", "sorted", "iter"} or not node.args:
        return None
    if isinstance(first, Elements):
        return first
    items = items_of(first)
    return TupleValue(items, is_list=name == "list") if items else None


def _isinstance(walk: ExpressionWalk, node: ir.Call, module: ModuleValue) -> None:
    names = walk.class_names(node.args[1].value)
    walk.record(
        "type",
        "isinstance",
        node,
        module,
        None,
        call=node,
        target=names[0] if len(names) == 1 else None,
    )


def _named_attribute(
    walk: ExpressionWalk, node: ir.Call, function: str, base: ModuleValue | MethodValue
) -> Value | None:
    name = _literal(node.args[1].value)
    use = _ATTRIBUTE_USES[function]
    text = walk.text(node.args[1].value) if name is None else None
    if text is not None:
        literal = ir.Argument(ir.Constant(node.at, "str", text.text))
        walk.in_python_form(ir.Call(node.at, node.func, (node.args[0], literal, *node.args[2:])))
    if isinstance(base, MethodValue):
        base = base.module.inner(base.name)
        walk.record(use, "method attribute", node, base, name, call=node)
        return None
    operation = function if name is not None else f"computed {function}"
    value = node.args[2].value if function == "setattr" and len(node.args) == 3 else None
    known = None if value is None else assigned_type(value, walk.project, walk.scope)
    made = None if value is None else made_by(value, walk.project, walk.scope)
    walk.record(use, operation, node, base, name, call=node, value=value, type=known, target=made)
    known_name = name if text is None else text.text
    return member(base, known_name) if function == "getattr" and known_name is not None else None


def _iterator(walk: ExpressionWalk, node: ir.Call, name: str, values: list[Value | None]) -> Value | None:
    skip = 1 if name in {"map", "filter"} else 0
    elements = [walk.iterate(argument.value) if not argument.star else None for argument in node.args[skip:]]
    columns = [items_of(value) for value in values[skip:]]
    if name == "enumerate" and columns[:1] and columns[0]:
        return touch_containers.numbered(columns[0])
    if name == "zip" and any(columns) and not any(argument.star for argument in node.args):
        filled = [column or (element,) * 8 for column, element in zip(columns, elements, strict=True)]
        return touch_containers.zipped(filled)
    if name in {"reversed", "iter"} and columns[:1] and columns[0]:
        return TupleValue(columns[0] if name == "iter" else columns[0][::-1])
    if name == "enumerate" and elements:
        return Elements(TupleValue((None, elements[0])))
    if name == "zip":
        return Elements(TupleValue(tuple(elements)))
    if name in {"reversed", "iter", "filter"} and elements and elements[0] is not None:
        return Elements(elements[0])
    return None


def _literal(expr: ir.Expr) -> str | None:
    return expr.value if isinstance(expr, ir.Constant) and isinstance(expr.value, str) else None


def _super(walk: ExpressionWalk) -> SelfValue | None:
    """Return `super()` in a method of a bound-method hook's class."""
    for value in walk.environment.values():
        if isinstance(value, SelfValue):
            return SelfValue(value.owner, value.method_of, after=value.method_of or value.owner)
    return None


# --- helpers ---------------------------------------------------------------------------------------


def _self_method(walk: ExpressionWalk, node: ir.Call, owner: SelfValue, name: str) -> Value | None:
    """`self.helper(module)` in a bound-method hook."""
    values = [walk.evaluate(argument.value) for argument in node.args]
    for argument, value in zip(node.args, values, strict=True):
        if isinstance(value, ModuleValue):
            walk.record("passed on", "argument", argument.value, value, None, call=node)
    found = touch_callables.method_of(walk.project, owner, name)
    return None if found is None else _enter(walk, node, found[0], values, owner=found[1])


def _enter(
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
    environment = _given(walk, node, function, values, skip)
    if skip and function.parameters:
        name = function.parameters[0].name
        environment[name] = None if owner is None else replace(owner, fields=())
        environment.update((f"{name}{rest}", value) for rest, value in kept.items())
    scope = Scope(definition.scope.file, (*definition.scope.functions, function))
    return _follow(walk, node, function, scope, environment)


def _kept(walk: ExpressionWalk, node: ir.Call, owner: SelfValue) -> touch_stores.Environment:
    fields = {f".{name}": value for name, value in owner.fields}
    return {**touch_stores.kept_by(walk.environment, node.func), **fields}


def _follow(
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


def _instance(
    walk: ExpressionWalk, node: ir.Call, cls: ClassDefinition, values: list[Value | None]
) -> Value | None:
    """`Info(m)`: follow `__init__` and return the object with what it keeps."""
    found = touch_callables.method_of(walk.project, SelfValue(cls), "__init__")
    if found is None or not found[0].function.parameters:
        return None
    definition, owner = found
    function, name = definition.function, definition.function.parameters[0].name
    environment = {**_given(walk, node, function, values, 1), name: owner}
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


def _given(
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
