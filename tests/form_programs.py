"""Reads the forms: small programs in `data/forms.txt`, each a way to write one thing, with what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FORMS = Path(__file__).parent / "data" / "forms.txt"
_HEADING = re.compile(r"^### (breaks|survives|missed)((?: HKP\d{3})*): (.+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Form:
    """One program, what becomes of it, and the codes that `check` finds."""

    name: str
    kind: str
    codes: tuple[str, ...]
    text: str


def forms() -> Iterator[Form]:
    """Yield every form, its text with what stands before the first heading."""
    before, *parts = _HEADING.split(FORMS.read_text("utf-8"))
    for kind, codes, name, text in zip(*(parts[start::4] for start in range(4)), strict=True):
        yield Form(name, kind, tuple(codes.split()), before + text)
