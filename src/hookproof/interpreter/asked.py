"""Conditions on what is unknown, which two things may stand under that exclude each other."""

from __future__ import annotations

from msgspec import Struct


class Asked(Struct, frozen=True):
    """A condition on one unknown value: that it is true, or that it is a constant, given with its type."""

    value: object
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


def may_hold_together(some: tuple[Asked, ...], others: tuple[Asked, ...]) -> bool:
    """Return whether no condition of one group contradicts one of the other."""
    return not any(one.contradicts(other) for one in some for other in others)
