"""Which module classes compiled code knows by name: those of all modules compiled or traced before.

A module's own tree counts, whatever its `forward` calls of it: TorchScript makes the types of all parts
before it compiles the first hook. A base class is not known by what derives from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from hookproof.interpreter.instances.current_class import current_class
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.state import State
from hookproof.interpreter.values import ScriptValue
from hookproof.modules.module_class import ModuleClass

Types: TypeAlias = "frozenset[str] | None"
"""Names of classes, None where there may be more."""


class KnownTypes:
    """What compiled code knows at one entry point after another: a program may have thousands of them."""

    def __init__(self) -> None:
        self._of_copies: dict[ScriptValue, Types] = {}
        self._copies: tuple[ScriptValue, ...] = ()
        self._names: set[str] | None = set()

    def at(self, state: State, module: ObjectValue) -> Types:
        """Return the classes that are known once `module` is scripted, None where there may be more."""
        names = _types(state, module)
        if state.copies[: len(self._copies)] != self._copies:  # another way through the program
            self._copies, self._names = (), set()
        for copy in state.copies[len(self._copies) :]:
            brought = self._brought(state, copy)
            if brought is None:
                self._names = None
            elif self._names is not None:
                self._names |= brought
        self._copies = state.copies
        return None if names is None or self._names is None else names | self._names

    def _brought(self, state: State, copy: ScriptValue) -> Types:
        if copy.source is None:
            return None  # loaded from a file
        if copy not in self._of_copies:
            self._of_copies[copy] = _types(state, copy.source)
        return self._of_copies[copy]


def _types(state: State, module: ObjectValue) -> Types:
    names: set[str] = set()
    classes: dict[ModuleClass | None, None] = {}  # of which a model may have thousands of instances
    for member in state.members(module):
        held = (value for values in state.of(member).attributes.values() for value in values)
        if any(isinstance(value, ScriptValue) for value in held):
            return None
        if member.module_class is not None or member is module:
            classes[current_class(state, member)] = None
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
