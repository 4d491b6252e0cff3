"""Whether a module trains, and whether its parameters get gradients, at one point of a program."""

from __future__ import annotations

import re

from hookproof.interpreter.domain import Value
from hookproof.interpreter.instances.live_hooks import is_loop_element, loop_root
from hookproof.interpreter.objects import ObjectValue
from hookproof.interpreter.state import State
from hookproof.semantic.definitions import ClassDefinition
from hookproof.syntax.numbering import block_of

MODES = frozenset({"training", "requires_grad"})
# Methods that set a mode of a module and all its parts: its name, and what it is without an argument.
MODE_METHODS = {
    "eval": ("training", False),
    "train": ("training", True),
    "requires_grad_": ("requires_grad", True),
}
_SETS = re.compile(r"requires_grad|\beval\(|\btrain\(|\.training\s*=(?!=)")


def mode_of(state: State, module: ObjectValue, name: str) -> bool | None:
    """Return the mode that a module or parameter was set to, None where it is not known."""
    root = loop_root(module) if is_loop_element(module) else module
    since: int = 0
    found: bool | None = None
    for (other, asked), (order, mode) in state.modes.items():
        if asked != name or order <= since:
            continue
        is_whole = not is_loop_element(other) and state.contains(other, root)
        if is_whole or other is module:
            since, found = order, mode
        elif state.contains(loop_root(other), root) or state.contains(root, other):
            since, found = order, None
    return found


def sets_modes(cls: ClassDefinition) -> bool:
    """Return whether a class may set modes of its objects by itself, or has its own way of doing so."""
    return _SETS.search(cls.scope.file.block_text(block_of(cls.node.at))) is not None


def with_parameter(value: Value | None) -> ObjectValue | None:
    """Return the module that an element of `module.parameters()` is of, else the object itself."""
    if not isinstance(value, ObjectValue):
        return None
    given = value.parent
    is_element = given is not None and given.name.partition("(")[0] in {"parameters", "named_parameters"}
    return given.parent if given is not None and is_element else value
