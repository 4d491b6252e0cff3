"""The classes of the modules that a loop over a model certainly comes upon."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.link.live_hooks import loop_element, loop_root
from hookproof.link.module_class import ModuleClass
from hookproof.link.narrowing import fits
from hookproof.link.state import State
from hookproof.link.values import ALL_MODULES, ObjectValue

_MAX_CLASSES = 32


def classes_met(state: State, receiver: ObjectValue) -> tuple[ModuleClass, ...]:
    """Return the classes, each once, that the loop element `receiver` stands for.

    Parts that are not known, or are there on some ways only, are left out, and so are those whose `forward`
    is not known.
    """
    root = loop_root(receiver)
    element = loop_element(receiver)
    if element.parent is not root:
        return ()
    classes = _parts(state, root)
    if element.name == ALL_MODULES:
        classes = _all(state, root)
    met = {cls.qualname: cls for cls in classes if _is_known(cls) and _passes(cls, receiver)}
    return tuple(met.values())[:_MAX_CLASSES]


def _is_known(cls: ModuleClass) -> bool:
    return cls.forward is not None or cls.lacks_forward


def _passes(cls: ModuleClass, receiver: ObjectValue) -> bool:
    return not receiver.narrowed or fits(cls, receiver)


def _all(state: State, root: ObjectValue) -> Iterator[ModuleClass]:
    pending = [root.module_class, *_within(state, root)]
    seen: set[ModuleClass] = set()
    while pending and len(seen) < _MAX_CLASSES:
        cls = pending.pop(0)
        if cls is not None and cls not in seen:
            seen.add(cls)
            yield cls
            pending += _parts_of_class(cls)


def _within(state: State, module: ObjectValue) -> Iterator[ModuleClass]:
    """Yield the classes of what is in an object, as deep as it was made here."""
    yield from _parts(state, module)
    for part in _held(state, module):
        yield from _within(state, part)


def _held(state: State, module: ObjectValue) -> Iterator[ObjectValue]:
    """Yield the children that a container was made with."""
    for name, values in state.of(module).attributes.items():
        if name.isdecimal() and len(values) == 1 and isinstance(values[0], ObjectValue):
            yield values[0]


def _parts(state: State, module: ObjectValue) -> Iterator[ModuleClass]:
    """Yield the classes of the children of an object: those a container was made with, or by its class."""
    for part in _held(state, module):
        if part.module_class is not None:
            yield part.module_class
    if module.module_class is not None:
        yield from _parts_of_class(module.module_class)


def _parts_of_class(cls: ModuleClass) -> Iterator[ModuleClass]:
    if cls.elements is not None:
        yield from (element for element in cls.elements if element is not None)
        return
    for fact in cls.attributes().values():
        if fact.kind == "submodule" and not fact.is_conditional and fact.module_class is not None:
            yield fact.module_class


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
