"""Which TorchScript type a module class gave its name to: the first one made from it in the process.

Modules of one class share a type if their attributes' types, constants and hooks are the same. Only the
first type has the class's own name, so `isinstance(m, Net)` is false in code compiled for any later one
(measured: `fixtures/hkp312_isinstance_of_later_type.py`). Tracing makes types as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import TypeAlias

from hookproof.interpreter.instances.current_class import parent_of
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.sites import Entry
from hookproof.interpreter.state import State
from hookproof.interpreter.values import LiveHook, ScriptValue
from hookproof.modules.module_class import ModuleClass
from hookproof.semantic.location import Location

# What is compared of a type: its hooks, each with whether it runs before forward; None is "not known".
_Hooks: TypeAlias = tuple[tuple[bool, Location], ...] | None


class TypesMade:
    """Which compilation made the first type from a class, read off once: a program may script thousands."""

    def __init__(self) -> None:
        self._copies: tuple[ScriptValue, ...] = ()
        self._first: dict[str, ScriptValue] = {}

    def first(self, copies: tuple[ScriptValue, ...], cls: ModuleClass) -> ScriptValue | None:
        """Return the first of the compilations, in their order, that certainly made a type from a class."""
        if copies[: len(self._copies)] != self._copies:  # another way through the program
            self._copies, self._first = (), {}
        for copy in copies[len(self._copies) :]:
            made = copy.module_class
            if made is not None:
                self._first.update((name, copy) for name in _made_with(made) if name not in self._first)
        self._copies = copies
        return self._first.get(cls.qualname)


def first_types_elsewhere(
    state: State, receivers: Iterable[ObjectValue], entry: Entry, made: TypesMade
) -> dict[ObjectValue | ScriptValue | None, Location | None]:
    """Return for each of these modules what `_first_type_elsewhere` says of it."""
    return {each: _first_type_elsewhere(state, each, entry, made) for each in receivers}


def _first_type_elsewhere(
    state: State, receiver: ObjectValue, entry: Entry, made: TypesMade
) -> Location | None:
    """Return where the class of `receiver` gives its name to another type than `receiver` will have.

    None where the receiver's own type is the first, or where that cannot be said. `state` is that before
    `receiver` is compiled at `entry`. Only hooks are compared: other differences but make more types.
    """
    cls, own = receiver.module_class, _hooks(state.of(receiver).hooks)
    if cls is None or cls.definition is None or own is None:
        return None
    copy = made.first(state.copies, cls)
    if copy is not None:
        first = _first_hooks(copy, cls)
        return None if first is None or first == own else copy.location
    first = _hooks_of_earlier_sibling(state, receiver, cls)
    return None if first is None or first == own else entry.location


def _made_with(cls: ModuleClass) -> set[str]:
    """Return the names of a class and of its parts."""
    parts = (child.qualname for child in cls.submodules().values() if child is not None)
    return {cls.qualname, *parts}


def _first_hooks(copy: ScriptValue, cls: ModuleClass) -> _Hooks:
    own = [live for live in copy.compiled if live.receiver is copy.source]
    is_itself = copy.module_class is not None and copy.module_class.qualname == cls.qualname
    if len(own) < len(copy.compiled) or (copy.is_traced and own):
        return None
    return _hooks(own) if is_itself else ()


def _hooks_of_earlier_sibling(state: State, receiver: ObjectValue, cls: ModuleClass) -> _Hooks:
    """Look at the child of this class that is compiled before `receiver`, as their parent sets it earlier."""
    found = parent_of(state, receiver)
    if found is None:
        return None
    parent, own_name = found
    members = parent.module_class.submodules() if parent.module_class is not None else {}
    for name in takewhile(lambda name: name != own_name, members):
        other = members[name]
        if other is not None and other.qualname == cls.qualname:
            around = [v for v in state.objects if isinstance(v, ObjectValue) and v.parent is parent]
            around += [v for v in state.of(parent).attributes.get(name, ()) if isinstance(v, ObjectValue)]
            if any(getattr(value, "name", "") in {"*", "[]"} and state.of(value).hooks for value in around):
                return None  # perhaps on every child, perhaps on some
            return _hooks(
                live for value in around if value.name in {name, ""} for live in state.of(value).hooks
            )
    return None


def _hooks(hooks: Iterable[LiveHook]) -> _Hooks:
    found = [live for live in hooks if live.registration.is_forward]
    if any(len(live.hooks) != 1 or live.registration.guarded for live in found):
        return None
    return tuple((live.registration.is_pre, live.hooks[0].definition) for live in found)
