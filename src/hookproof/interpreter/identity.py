"""Whether two values of a program are one and the same."""

from __future__ import annotations

from hookproof.interpreter.domain import Value
from hookproof.interpreter.models.script_methods import has_no_parts
from hookproof.interpreter.objects import ALL_MODULES, ObjectValue
from hookproof.interpreter.plain import IdentityValue
from hookproof.interpreter.running import Running
from hookproof.interpreter.values import ScriptValue


def are_one(run: Running, one: Value | None, other: Value | None) -> bool | None:
    """Return whether two values are the same module, where both are known."""
    if isinstance(one, IdentityValue) and isinstance(other, IdentityValue):
        one, other = one.value, other.value
    is_known = [
        isinstance(value, ScriptValue) or (isinstance(value, ObjectValue) and value.is_created)
        for value in (one, other)
    ]
    return _itself(run, one) is _itself(run, other) if all(is_known) else None


def _itself(run: Running, value: Value | None) -> Value | None:
    """Return the script module that has no parts where a loop over it meets nothing else."""
    while isinstance(value, ScriptValue) and value.name == ALL_MODULES and value.parent is not None:
        if not has_no_parts(run, value.parent):
            break
        value = value.parent
    return value
