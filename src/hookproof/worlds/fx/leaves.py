"""Where a hook stands in a module that fx traces: on the root, on a leaf, or on what is inlined.

A leaf is called as it is, hooks and all; modules of `torch.nn` are leaves, `nn.Sequential` apart. Measured
on torch 2.13.0.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from hookproof.interpreter.instances.live_hooks import is_loop_element, loop_root
from hookproof.interpreter.instances.loop_classes import classes_met
from hookproof.interpreter.instances.narrowing import fits
from hookproof.interpreter.objects import CHILDREN, ObjectValue, is_step
from hookproof.interpreter.state import State
from hookproof.modules.module_class import ModuleClass

Place: TypeAlias = Literal["root", "leaf", "inlined"]

_NEVER_CALLED = frozenset({"torch.nn.ModuleList", "torch.nn.ModuleDict"})
_MAX_DEPTH = 12


def place_of(state: State, receiver: ObjectValue, source: ObjectValue, order: int) -> Place | None:
    """Return where a module stands in the one that is traced, None where that cannot be said.

    Where it stands for several, these are those that were there at a point in time, the `order`.
    """
    if receiver is source:
        return "root"
    if is_loop_element(receiver):
        return _place_in_loop(state, receiver, source, order)
    path = _path(state, receiver, source)
    if path is None:
        return None
    if not path:
        return "root"
    *around, own = path
    for module in around:
        is_called = is_leaf(module.module_class)
        if is_called is not False:
            return "leaf" if is_called else None
    is_own = is_leaf(own.module_class)
    return None if is_own is None else "leaf" if is_own else "inlined"


def is_leaf(cls: ModuleClass | None) -> bool | None:
    """Return whether fx calls modules of a class as they are; None where the class is not known."""
    if cls is None:
        return None
    if cls.definition is not None:
        return False
    name = cls.qualname
    if name in _NEVER_CALLED:
        return False  # it is gone through, and its parts are called
    return name.startswith(("torch.nn.", "torch.ao.nn.")) and name != "torch.nn.Sequential"


def _place_in_loop(state: State, receiver: ObjectValue, source: ObjectValue, order: int) -> Place | None:
    if loop_root(receiver) is not source:
        return None
    if not receiver.narrowed:
        return _place_of_parts(state, receiver, source, order)
    if source.module_class is None or fits(source.module_class, receiver):
        return None  # it may be the root too
    if all(name.startswith("torch.nn.") and name != "torch.nn.Sequential" for name in receiver.narrowed):
        return "leaf"  # unless the project derives a class of it, of which nothing is said
    is_own = all("." in name and not name.startswith("torch.") for name in receiver.narrowed)
    return "inlined" if is_own else None


def _place_of_parts(state: State, receiver: ObjectValue, source: ObjectValue, order: int) -> Place | None:
    """Return where the parts of what is traced stand, those that are no leaves if there are any.

    The root, where it is among them, has such a hook of its own.
    """
    root = source.module_class.qualname if source.module_class is not None else None
    met = [cls for cls in classes_met(state, receiver, order) if cls.qualname not in {root, *_NEVER_CALLED}]
    found = [is_leaf(cls) for cls in met]
    return "inlined" if False in found else "leaf" if found and receiver.name == CHILDREN else None


def _path(state: State, receiver: ObjectValue, source: ObjectValue) -> list[ObjectValue] | None:
    """Return the modules on the way from what is traced, that left out, to a part of it."""
    below: list[ObjectValue] = []
    value: ObjectValue | None = receiver
    members = state.members(source)
    while value is not None and value not in members:
        if value.parent is not None and not is_step(value) and not (value.narrowed or value.is_guarded):
            return None
        if value.parent is None or is_step(value):
            below.insert(0, value)
        value = value.parent
    if value is None:
        return None
    above = _way_to(state, source, value, _MAX_DEPTH)
    return None if above is None else [*above, *below]


def _way_to(state: State, start: ObjectValue, wanted: ObjectValue, depth: int) -> list[ObjectValue] | None:
    """Return the modules that lead to a member, it included, through what was set on others."""
    if start is wanted:
        return []
    if depth == 0:
        return None
    for values in state.of(start).attributes.values():
        for value in values:
            if isinstance(value, ObjectValue) and value is not start:
                rest = _way_to(state, value, wanted, depth - 1)
                if rest is not None:
                    return [value, *rest]
    return None
