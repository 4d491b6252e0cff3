"""Watches a program run: its hooks, the entry points they meet, and what becomes of them.

`Witness` is all that others need; what it tells are the records of `records.py`.
"""

from __future__ import annotations

from .records import Entry, Error, HookFate, HookInfo, Place, Registration, Removal
from .witness import Witness, WitnessError

__all__ = [
    "Entry",
    "Error",
    "HookFate",
    "HookInfo",
    "Place",
    "Registration",
    "Removal",
    "Witness",
    "WitnessError",
]
