"""Conditions that stand on one unknown object, and how objects are reached from one another."""

from __future__ import annotations

from msgspec import Struct

from hookproof.interpreter.domain import ObjectValue


def is_step(value: ObjectValue) -> bool:
    """Tell whether an object is an attribute or item of its parent, not the parent by another name."""
    return value.form in {"attribute", "subscript"} and not (value.narrowed or value.is_guarded)


class Asked(Struct, frozen=True):
    """A condition on one unknown value: that it is true, or that it is a constant, given with its type."""

    value: ObjectValue
    known: tuple[object, type] | None = None
    is_so: bool = True

    @property
    def negated(self) -> Asked:
        """The opposite condition."""
        return Asked(self.value, self.known, not self.is_so)

    def contradicts(self, other: Asked) -> bool:
        """Whether both cannot hold."""
        if self.value is not other.value:
            return False
        if self.known == other.known:
            return self.is_so != other.is_so
        return None not in (self.known, other.known) and self.is_so and other.is_so
