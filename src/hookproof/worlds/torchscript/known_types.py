"""Which module classes compiled code knows by name: those of all modules compiled or traced before.

A module's own tree counts, whatever its `forward` calls of it: TorchScript makes the types of all parts
before it compiles the first hook. A base class is not known by what derives from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from hookproof.interpreter.instances.current_class import current_class
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.progress import Progress
from hookproof.interpreter.state import State
from hookproof.interpreter.values import ScriptValue
from hookproof.modules.module_class import ModuleClass

Types: TypeAlias = "frozenset[str] | None"
"""Names of classes, None where there may be more."""


def known_types(progress: Progress, module: ObjectValue, of_copies: dict[ScriptValue, Types]) -> Types:
    """Return the classes that are known once `module` is scripted, None where there may be more.

    `of_copies` remembers what each copy brought: a program may script thousands of modules.
    """
    found = [_types(progress.state, module)]
    for copy in progress.state.copies:
        if copy.source is None:
            return None  # loaded from a file
        if copy not in of_copies:
            of_copies[copy] = _types(progress.state, copy.source)
        found.append(of_copies[copy])
    names = set[str]()
    for each in found:
        if each is None:
            return None
        names |= each
    return frozenset(names)


def _types(state: State, module: ObjectValue) -> Types:
    names: set[str] = set()
    classes: list[ModuleClass | None] = []
    for member in state.members(module):
        held = (value for values in state.of(member).attributes.values() for value in values)
        if any(isinstance(value, ScriptValue) for value in held):
            return None
        if member.module_class is not None or member is module:
            classes.append(current_class(state, member))
    return frozenset(names) if _collect(classes, names) else None


def _collect(classes: Iterable[ModuleClass | None], names: set[str]) -> bool:
    """Add the names of classes and of those of their parts; return whether these are all there are."""
    pending = list(classes)
    while pending:
        cls = pending.pop()
        if cls is None or not _shows_parts(cls):
            return False
        if cls.qualname not in names or cls.is_container:
            names.add(cls.qualname)
            pending += cls.submodules().values()
    return True


def _shows_parts(cls: ModuleClass) -> bool:
    """Return whether a class tells of all modules that an instance holds."""
    if cls.is_container:
        return cls.elements is not None or cls.element is not None
    return cls.is_complete and all(fact.kind != "unknown" for fact in cls.attributes().values())
