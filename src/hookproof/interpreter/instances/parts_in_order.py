"""The modules of a model in the order in which it hands them out, and those that are scripted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from hookproof.interpreter.domain import Value, Values, only
from hookproof.interpreter.instances.live_hooks import is_loop_element, loop_root
from hookproof.interpreter.objects import ALL_MODULES, ObjectValue, is_made_module
from hookproof.interpreter.state import State
from hookproof.interpreter.values import ScriptValue
from hookproof.interpreter.wrapped import INNER, WrappedModule
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.names import ANY_NAME

# As many as a loop has turns of their own for.
MAX_ORDERED = 16
_MAX_PARTS = 64
# What may turn out to be a module that nobody saw.
_OPEN = frozenset({"unknown", "late value"})
_METHODS = frozenset({"class method", "method", "property", "static method"})

Part: TypeAlias = "ObjectValue | ScriptValue"
Named: TypeAlias = "tuple[str | None, Part]"


def all_in_order(state: State, model: ObjectValue, reached: str) -> list[Named] | None:
    """Return the children of a model, or all its modules, with dotted paths; None if not all are known.

    A module that is there twice is handed out once.
    """
    found: list[Named] = []
    seen: set[Value] = set()

    def goes_through(path: str, part: Part) -> bool:
        if part in seen or len(seen) >= MAX_ORDERED:
            return part in seen
        seen.add(part)
        found.append((path, part))
        children = _children(state, part) if isinstance(part, ObjectValue) else []
        return children is not None and all(
            goes_through(f"{path}.{name}" if path else name, child) for name, child in children
        )

    if reached == ALL_MODULES:
        return found if goes_through("", model) else None
    children = _children(state, model)
    return [*children] if children is not None and len(children) <= MAX_ORDERED else None


def scripted_parts(
    state: State, model: ObjectValue, reached: str
) -> Iterator[tuple[str | None, ScriptValue]]:
    """Yield the scripted and traced parts that a loop over a model comes upon, with their paths if known."""
    if is_loop_element(model):
        yield from ((None, part) for part in state.scripts_within(loop_root(model)))
        return
    paths = _paths(state, model)
    for part in dict.fromkeys(state.scripts_within(model)):
        path = paths.get(part)
        if reached == ALL_MODULES or path is None or "." not in path:
            yield path, part


def _children(state: State, owner: ObjectValue) -> list[tuple[str, Part]] | None:
    """Return the children of an object that was made here, in order; None where others may be among them."""
    if isinstance(owner, WrappedModule):
        return [(INNER, owner.inner)]
    cls, known = owner.module_class, state.of(owner)
    if cls is None or not owner.is_created or ANY_NAME in known.attributes or ANY_NAME in known.changed:
        return None
    if not _is_closed(owner, cls):
        return None
    facts = cls.attributes()
    found: list[tuple[str, Part]] = []
    for name, values in known.attributes.items():
        is_of_class = name in facts and facts[name].kind not in _METHODS
        is_part = owner.is_numbered and (name.isdecimal() or _is_made(values))
        is_own = name in known.changed or is_of_class or is_part
        match values:
            case _ if not is_own:
                continue  # read, never set
            case () if name in known.changed and name not in known.perhaps:
                continue
            case (
                ObjectValue(is_created=True, module_class=ModuleClass()) | ScriptValue(parent=None) as part,
            ):
                found.append((name, part))
            case (ObjectValue(definition=None),) | () | (_, _, *_):
                return None
        if name in known.perhaps:
            return None
    unseen = (fact for name, fact in facts.items() if name not in known.attributes)
    is_open = any(fact.kind in _OPEN or fact.kind == "submodule" for fact in unseen)
    return None if is_open else found


def _is_made(values: Values) -> bool:
    """Return whether these are one module that was made somewhere, not one that was only read."""
    value = only(values)
    return is_made_module(value) or (isinstance(value, ScriptValue) and value.parent is None)


def _is_closed(owner: ObjectValue, cls: ModuleClass) -> bool:
    """Return whether what the class does not speak of is not there."""
    return owner.is_numbered if cls.is_container else cls.is_complete


def _paths(state: State, root: ObjectValue) -> dict[Value, str]:
    """Return the dotted path of each part of a model that is known to stand under one."""
    found: dict[Value, str] = {root: ""}
    pending: list[tuple[str, Value]] = [("", root)]
    for path, part in pending:
        for name, values in state.of(part).attributes.items() if len(pending) < _MAX_PARTS else ():
            for value in values if len(values) == 1 else ():
                if value not in found and isinstance(value, (ObjectValue, ScriptValue)):
                    found[value] = f"{path}.{name}" if path else name
                    pending.append((found[value], value))
    return found
