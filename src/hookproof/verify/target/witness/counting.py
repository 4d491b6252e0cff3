"""Counts how often hooks were called before, during and after what they met, and settles what that says."""

from __future__ import annotations

import os
from typing import Any, Optional

from . import fates
from .records import Entry, HookFate, Place, Registration


class Counting:
    """Reads the counts of `calls`, which has one for each code object that is watched."""

    def __init__(self, calls: Any) -> None:
        self._calls = calls

    def called(self, registration: Registration) -> Optional[int]:
        """Return how often the hook was called so far; None where it has no code to be counted by."""
        code = registration.hook.code
        return None if code is None else self._calls.count(code)

    def count(self, fate: HookFate, registration: Registration, during: Optional[int] = None) -> None:
        """Note the calls before an entry point is called."""
        fate.calls_before = self.called(registration)
        if fate.calls_before is not None:
            fate.calls_during = during

    def count_during(self, fate: HookFate, registration: Registration) -> None:
        """Note the calls while the entry point was at work."""
        calls = self.called(registration)
        if calls is not None:
            fate.calls_during = calls - (fate.calls_before or 0)

    def settle(self, entries: list[Entry], every: list[Entry], known: dict[int, Registration]) -> None:
        """Write down what is known later of `entries`, some of `every`: calls after each, removals."""
        compiled: dict[int, int] = {}
        for entry in every:
            for fate in entry.hooks:
                if fate.fate == "compiled":
                    compiled[fate.registration] = entry.at
        for entry in entries:
            entry.hooks = [f for f in entry.hooks if not _is_mended(f, entry, compiled)]
            for fate in entry.hooks:
                self._settle(fate, known[fate.registration], entry)

    def _settle(self, fate: HookFate, registration: Registration, entry: Entry) -> None:
        calls = self.called(registration)
        if calls is not None and fate.calls_before is not None:
            fate.calls_after = calls - fate.calls_before - (fate.calls_during or 0)
        if fate.fate == "not called" and fate.calls_after:
            fate.fate = "called"
        fate.lost = fates.is_loss(fate, registration)
        removed_at = registration.removed_at
        if fate.fate == "compiled" and removed_at is not None and removed_at > entry.at:
            fate.note = "removed afterwards{}, which leaves it in the copy".format(
                _at(registration.removed_chain)
            )


def _is_mended(fate: HookFate, entry: Entry, compiled: dict[int, int]) -> bool:
    """Whether a hook came too late for an entry, and the model was compiled again with it."""
    return fate.fate == "too late" and compiled.get(fate.registration, -1) > entry.at


def _at(chain: tuple[Place, ...]) -> str:
    return " at {}:{}".format(os.path.basename(chain[0].path), chain[0].line) if chain else ""
