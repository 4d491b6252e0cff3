"""Triage: which files, judged by their bytes alone, could hold a hook or leave eager mode.

Nearly all bytes of a tree are looked at here and nowhere else. `in` runs at the speed of memory, a pattern
that starts with a literal somewhat slower, a pattern of alternatives at some 10 MB/s. So every pattern here
starts with a literal, and is tried only where that literal occurs.
"""

from __future__ import annotations

import re
from enum import Flag

from hookproof.worlds.registry import words


def _word(name: str) -> str:
    """Return a pattern for the whole word `name` that still starts with a literal; one may end in `(`."""
    literal = re.escape(name)
    before = rf"(?<!\w{literal})" if name[0].isidentifier() else ""
    return f"{literal}{before}" + (r"\b" if name[-1].isidentifier() else "")


# Every method and function of torch that installs a module hook is called `register_…hook`, a name that some
# put together (`f"register_{kind}_hook"`); the dicts they fill (`_forward_hooks`, `_backward_pre_hooks`, …)
# are filled by hand in some projects.
_REGISTRATION = {
    "register_": r"register_\w*(?:hook|[{%]|[\"']\s*\+)",
    "_hooks": r"_hooks(?:\[|\.update\()",
    "_norm": r"_norm(?:(?<=\bweight_norm)|(?<=\bspectral_norm))\b",
    "prune": _word("prune"),
    "parametriz": "parametriz",
}
_REGISTRATION_BYTES = [(name.encode(), re.compile(p.encode())) for name, p in _REGISTRATION.items()]
_WORD_BYTES = [(word.encode(), re.compile(_word(word).encode())) for word in words()]


class Mentions(Flag):
    """What a file's bytes mention."""

    NOTHING = 0
    REGISTRATION = 1
    ENTRY_POINT = 2


def mentions(data: bytes) -> Mentions:
    """Return what `data` mentions anywhere, comments and strings included.

    Works on the bytes of every encoding that extends ASCII, which all of Python's source encodings do.
    """
    found = Mentions.NOTHING
    if any(literal in data and pattern.search(data) for literal, pattern in _REGISTRATION_BYTES):
        found |= Mentions.REGISTRATION
    if any(literal in data and pattern.search(data) for literal, pattern in _WORD_BYTES):
        found |= Mentions.ENTRY_POINT
    return found


def words_in(data: bytes) -> int:
    """Return which of the worlds' words `data` has: the number of each is that of a bit."""
    return sum(
        1 << number
        for number, (literal, pattern) in enumerate(_WORD_BYTES)
        if literal in data and pattern.search(data)
    )
