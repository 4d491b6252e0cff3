"""Watches a program run: its hooks, the entry points they meet, and what becomes of them.

`Witness` is all that others need; what it tells are the records of `records.py`. An `Interceptor` is told at
once, and may answer in torch's place.
"""

from __future__ import annotations

from .interceptor import Answer, Interceptor
from .records import Entry, Error, HookFate, HookInfo, Place, Registration, Removal
from .witness import Witness, WitnessError

__all__ = [
    "Answer",
    "Entry",
    "Error",
    "HookFate",
    "HookInfo",
    "Interceptor",
    "Place",
    "Registration",
    "Removal",
    "Witness",
    "WitnessError",
]
