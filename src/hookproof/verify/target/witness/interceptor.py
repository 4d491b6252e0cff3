"""Stands between a program and torch: is told of each event at once, and may answer in torch's place."""

from __future__ import annotations

from typing import Any, Optional

from .records import Entry, Registration


class Answer:
    """What the program is given without torch being asked."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Interceptor:
    """Lets everything pass; for others to derive from.

    Nothing is watched while one of its methods runs. What a method raises reaches the program.
    """

    def registering(self, registration: Registration) -> Optional[Answer]:
        """Be told that a hook is about to be registered; an answer is the handle that is given."""

    def registered(self, registration: Registration) -> None:
        """Be told that this was done, or refused with `registration.error`."""

    def entering(self, entry: Entry) -> Optional[Answer]:
        """Be told that an entry point is called; an answer is what it returns."""

    def returning(self, entry: Entry, result: Any) -> Any:
        """Return what the program is given as the result."""
        return result

    def entered(self, entry: Entry) -> None:
        """Be told that the entry point has ended, with `entry.result` or `entry.error`."""
