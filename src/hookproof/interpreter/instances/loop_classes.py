"""The classes of the modules that a loop over a model certainly comes upon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from hookproof.interpreter.instances.current_class import changed_by_loops, current_class
from hookproof.interpreter.instances.live_hooks import loop_element, loop_root
from hookproof.interpreter.instances.narrowing import fits
from hookproof.interpreter.objects import ALL_MODULES, CHILDREN, ObjectValue
from hookproof.interpreter.state import State
from hookproof.interpreter.values import LiveHook
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.names import ANY_NAME

_MAX_CLASSES = 32

# A class that is met, and the module that has it where that one is known.
_Met: TypeAlias = tuple[ModuleClass, ObjectValue | None]


def classes_met(state: State, receiver: ObjectValue, order: int) -> tuple[ModuleClass, ...]:
    """Return the classes, each once, that the loop element `receiver` stands for.

    Parts that are not known, are there on some ways only or came later than `order` are left out, and so are
    those whose `forward` is not known.
    """
    root = loop_root(receiver)
    element = loop_element(receiver)
    if element.parent is not root:
        return ()
    found = _all(state, root, order) if element.name == ALL_MODULES else _parts(state, root, order)
    met: dict[str, ModuleClass] = {}
    for cls, module in found:
        now = changed_by_loops(state, cls, root) if module is None else current_class(state, module)
        if now is not None and _is_known(now) and _passes(now, receiver):
            met.setdefault(now.qualname, now)
    return tuple(met.values())[:_MAX_CLASSES]


def has_left(state: State, live: LiveHook, receiver: ObjectValue) -> bool:
    """Return whether the modules that a loop put a hook on are still there when the model is left."""
    root, element = loop_root(receiver), loop_element(receiver)
    if not live.is_for_all and not receiver.narrowed:
        return not state.has_new_parts(root, live.order)
    if element.name != CHILDREN or element.parent is not root:
        return True
    changed = {name for name, when in state.of(root).changed.items() if when > live.order}
    names = root.module_class.submodules() if root.module_class is not None else {}
    return not changed or (ANY_NAME not in changed and bool(names.keys() - changed))


def _is_known(cls: ModuleClass) -> bool:
    return cls.forward is not None or cls.lacks_forward


def _passes(cls: ModuleClass, receiver: ObjectValue) -> bool:
    return not receiver.narrowed or fits(cls, receiver)


def _all(state: State, root: ObjectValue, order: int) -> Iterator[_Met]:
    pending: list[_Met] = [(root.module_class, root)] if root.module_class is not None else []
    pending += _parts(state, root, order)
    seen: set[object] = set()
    for cls, module in pending:
        key = module or cls
        if key not in seen and len(seen) < _MAX_CLASSES:
            seen.add(key)
            yield cls, module
            pending += _parts_of_class(cls) if module is None else _parts(state, module, order)


def _parts(state: State, module: ObjectValue, order: int) -> Iterator[_Met]:
    """Yield the children of an object: those a container was made with, or by its class."""
    known = state.of(module)
    if known.changed.get(ANY_NAME, 0) > order:
        return
    late = {name for name, when in known.changed.items() if when > order}
    held = {
        name: values[0] if len(values) == 1 and isinstance(values[0], ObjectValue) else None
        for name, values in known.attributes.items()
    }
    for name, part in held.items():
        if name.isdecimal() and part is not None and part.module_class is not None and name not in late:
            yield part.module_class, part
    for name, cls in _named_parts(module.module_class):
        part = held.get(name)
        if name in known.changed and (name in late or part is None or part.module_class is None):
            continue
        is_same = part is not None and part.module_class is not None
        yield (part.module_class, part) if is_same and part and part.module_class else (cls, None)


def _parts_of_class(cls: ModuleClass) -> Iterator[_Met]:
    for _, part in _named_parts(cls):
        yield part, None


def _named_parts(cls: ModuleClass | None) -> Iterator[tuple[str, ModuleClass]]:
    if cls is None:
        return
    if cls.elements is not None:
        yield from ((str(index), part) for index, part in enumerate(cls.elements) if part is not None)
        return
    for fact in cls.attributes().values():
        if fact.kind == "submodule" and not fact.is_conditional and fact.module_class is not None:
            yield fact.name, fact.module_class
