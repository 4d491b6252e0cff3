"""What a repair is: which findings it is for, and the edits that fix one of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

from msgspec import Struct

from hookproof.finding import Edit
from hookproof.fixes.hook_functions import Flagged

Edits: TypeAlias = "Callable[[Flagged], Collection[Edit]]"


class Repair(Struct, frozen=True):
    """One way to fix findings of these `codes`; `edits` gives nothing where it does not know how.

    `changes` says what may be different in eager mode afterwards; a repair that leaves it out is safe.
    """

    codes: frozenset[str]
    edits: Edits
    changes: str = ""
