"""The class of a module as the module is at one point of the program, whatever was set on it by then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from msgspec.structs import replace

from hookproof.interpreter.domain import Values
from hookproof.interpreter.instances.live_hooks import loop_root
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.plain import ConstantValue, ContainerValue
from hookproof.interpreter.state import State
from hookproof.modules.instance import Instance
from hookproof.modules.module_class import AttributeFact, ModuleClass
from hookproof.semantic.definitions import ClassDefinition
from hookproof.semantic.names import ANY_NAME
from hookproof.torch_types.infer import known as type_named
from hookproof.torch_types.infer import refused

_MAX_DEPTH = 8
# What an attribute may be for its next value to have a type of its own.
_PLAIN = frozenset({"class value", "late value", "submodule", "unknown", "value"})
_Facts: TypeAlias = dict[str, AttributeFact]


def current_class(state: State, module: ObjectValue, depth: int = 0) -> ModuleClass | None:
    """Return the class of a module with what it has now; None where nobody knows what its `forward` is."""
    cls = class_with_parts(state, module)
    if cls is None or depth > _MAX_DEPTH:
        return cls
    known = state.of(module)
    facts = dict(_held_facts(state, module, cls, depth))
    for name in known.changed:
        before, values = cls.attribute(name), known.attributes.get(name, ())
        is_open = before is None or (before.kind in _PLAIN and before.annotation_type is None)
        facts[name] = _set_fact(state, name, values if is_open else (), depth)
    return _changed(cls, facts | _set_in_loops(state, module))


def parent_of(state: State, receiver: ObjectValue) -> tuple[ObjectValue, str] | None:
    """Return the module that holds `receiver` as an attribute, and the attribute's name."""
    if receiver.parent is not None:
        return (receiver.parent, receiver.name) if receiver.form == "attribute" else None
    for value, known in state.objects.items():
        if known.attributes and isinstance(value, ObjectValue):
            for name, members in known.attributes.items():
                if receiver in members:
                    return value, name
    return None


def changed_by_loops(state: State, cls: ModuleClass, model: ObjectValue) -> ModuleClass | None:
    """Return the class of a module somewhere in a model, with what a loop set on every module."""
    return _changed(cls, _set_in_loops(state, model))


def _changed(cls: ModuleClass, facts: _Facts) -> ModuleClass | None:
    if "forward" in facts:
        return None
    return cls.changed_by(facts, is_open=ANY_NAME in facts) if facts else cls


def class_with_parts(state: State, module: ObjectValue) -> ModuleClass | None:
    """Return the class of an object; of a container made in the code that was followed, with its parts."""
    cls = module.module_class
    if cls is None or cls.elements is not None or not module.is_numbered:
        return cls
    held = state.of(module).attributes
    # What every such container has may have been read (`model.body.register_forward_hook`).
    if not all(name.isdecimal() or cls.attribute(name) is not None for name in held):
        return cls
    numbered = (values for name, values in held.items() if name.isdecimal())
    parts = (values[0] if len(values) == 1 else None for values in numbered)
    return cls.holding(tuple(p.module_class if isinstance(p, ObjectValue) else None for p in parts))


def _held_facts(
    state: State, module: ObjectValue, cls: ModuleClass, depth: int
) -> Iterator[tuple[str, AttributeFact]]:
    """Yield the attributes that are what the class sets them to, but have changed within."""
    for name, values in state.of(module).attributes.items():
        fact = cls.attribute(name) if len(values) == 1 else None
        match values:
            case (ObjectValue(module_class=ModuleClass()) as part,) if fact and fact.kind == "submodule":
                inner = current_class(state, part, depth + 1)
                if inner is not part.module_class:
                    yield name, replace(fact, module_class=inner)
            case (ObjectValue(definition=ClassDefinition() as made, is_created=True, module_class=None),) if (
                fact and fact.kind == "unknown" and (fact.instance is None or fact.instance.is_declared)
            ):
                yield name, replace(fact, instance=Instance(made))
            case (ContainerValue() as held,) if (
                fact and (fact.type.reason or "").startswith("an empty") and state.now(held).items
            ):
                yield name, AttributeFact(name, "unknown", location=fact.location)


def _set_in_loops(state: State, module: ObjectValue) -> _Facts:
    """Return the attributes that were set on each module of a model that the module is in."""
    names: set[str] = set()
    for other in state.looped - {module}:
        root = loop_root(other)
        if root is loop_root(module) or state.contains(root, module):
            names |= state.of(other).changed.keys()
    return {name: AttributeFact(name, "unknown") for name in names}


def _set_fact(state: State, name: str, values: Values, depth: int) -> AttributeFact:
    match values:
        case (ObjectValue(module_class=ModuleClass()) as part,):
            return AttributeFact(name, "submodule", module_class=current_class(state, part, depth + 1))
        case (ObjectValue(definition=ClassDefinition() as made, is_created=True),):
            return AttributeFact(name, "unknown", instance=Instance(made))
        case (ContainerValue(kind="list" | "dict" as kind) as held,) if not state.now(held).items:
            return AttributeFact(name, "value", refused(kind, f"an empty {kind}"))
        case (ConstantValue(value=value),) if value is not None:
            return AttributeFact(name, "value", type_named(type(value).__name__))
    return AttributeFact(name, "unknown")
