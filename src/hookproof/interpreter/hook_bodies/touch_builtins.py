"""Built-in functions in a hook's body that are given the module or something of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hookproof.finding import Use
from hookproof.interpreter.hook_bodies import touch_callables, touch_containers, touch_submodules
from hookproof.interpreter.hook_bodies.touch_containers import items_of
from hookproof.interpreter.hook_bodies.touch_types import assigned_type, made_by
from hookproof.interpreter.hook_bodies.touch_values import (
    ClassOf,
    Elements,
    Mapped,
    MembersValue,
    MethodValue,
    ModuleValue,
    NamespaceValue,
    Submodules,
    SubmoduleTable,
    TupleValue,
    Value,
    known,
    lacks,
    member,
)
from hookproof.modules.classes import module_class_of
from hookproof.semantic.definitions import ClassDefinition, External
from hookproof.semantic.expressions import literal_text
from hookproof.syntax import ir

if TYPE_CHECKING:
    from hookproof.interpreter.hook_bodies.touch_expressions import ExpressionWalk

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


def call(walk: ExpressionWalk, node: ir.Call, name: str) -> Value | None:
    """Record what a call of a built-in function does to the module and return what it gives."""
    values = [walk.evaluate(argument.value) for argument in node.args]
    first = values[0] if values else None
    if name == "super" and len(values) == 2:
        first = values[1]
    if name in _ATTRIBUTE_USES and isinstance(first, (ModuleValue, MethodValue)) and len(values) > 1:
        return _named_attribute(walk, node, name, first)
    touch_callables.call_back(walk, node, name)
    if name == "next" and node.args and not isinstance(first, ModuleValue):
        return _next(walk, node.args[0].value, first)
    if name in {"enumerate", "reversed", "zip", "map", "filter", "iter"}:
        return _iterator(walk, node, name, values)
    if name in _ITERATING:
        for argument, value in zip(node.args, values, strict=True):
            if isinstance(value, (ModuleValue, MembersValue)):
                walk.iterate(argument.value, value)
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
        found = module_class_of(definition, walk.project)
        if found is not None and known(found) and found.is_a("torch.jit.ScriptModule") is False:
            return found.qualname
    return None


def _next(walk: ExpressionWalk, expr: ir.Expr, iterator: Value | None) -> Value | None:
    found, after = touch_containers.taken(iterator)
    if iterator is not None:
        walk.changed(expr, iterator, after)
    return found


def _collected(node: ir.Call, name: str, values: list[Value | None]) -> Value | None:
    """Return what `list(...)`, `dict(...)` and their like give."""
    first = values[0] if values else None
    if name == "dict" and node.args and all(argument.keyword for argument in node.args):
        return touch_containers.mapping([argument.keyword for argument in node.args], tuple(values))
    if name == "dict" and isinstance(first, Mapped) and len(values) == 1:
        return first
    if name == "dict" and isinstance(first, Submodules) and first.shape == "pairs" and not first.taken:
        return SubmoduleTable(first.module, first.is_deep)
    if name not in {"list", "tuple", "sorted"} or not node.args:
        return None
    if name == "sorted" and isinstance(first, Submodules):
        return Elements(touch_submodules.each(first))
    found = touch_containers.listed(first)
    return replace(found, is_list=name == "list") if isinstance(found, TupleValue) else found


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
    name = literal_text(node.args[1].value)
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
    if function != "getattr" or known_name is None:
        return None
    if len(node.args) == 3 and lacks(base, known_name):
        return touch_containers.in_python(walk.peek(node.args[2].value))
    return member(base, known_name)


def _iterator(walk: ExpressionWalk, node: ir.Call, name: str, values: list[Value | None]) -> Value | None:
    skip = 1 if name in {"map", "filter"} else 0
    elements = [
        walk.iterate(argument.value, value) if not argument.star else None
        for argument, value in zip(node.args[skip:], values[skip:], strict=True)
    ]
    columns = [items_of(value) for value in values[skip:]]
    if name == "enumerate" and columns[:1] and columns[0]:
        return touch_containers.numbered(columns[0])
    if name == "zip" and any(columns) and not any(argument.star for argument in node.args):
        filled = [column or (element,) * 8 for column, element in zip(columns, elements, strict=True)]
        return touch_containers.zipped(filled)
    if name == "iter" and len(values) == 1:
        return touch_containers.iterated(values[0])
    if name == "reversed" and columns[:1] and columns[0]:
        return TupleValue(columns[0][::-1])
    if name == "enumerate" and elements:
        return Elements(TupleValue((None, elements[0])))
    if name == "zip":
        return Elements(TupleValue(tuple(elements)))
    if name in {"reversed", "filter"} and elements and elements[0] is not None:
        return Elements(elements[0])
    return None
