"""Whether a text may put another module, or another parameter, in the place of a part that may have hooks."""

from __future__ import annotations

import re

_REPLACES = re.compile(r"\bsetattr\(|\bset_submodule\(|\bassign=True|\.(?:weight|bias)\s{0,9}=(?!=)")
_NEW_PART = re.compile(r"=[ \t]{0,9}(?:torch\.)?nn\.[A-Z]")
_PART = re.compile(r"\.\w+$")
_MAX_TARGET = 200  # characters


def may_replace(text: str) -> bool:
    """Return whether a text has `model.fc = nn.Linear(…)`, not of `self`, or another way to replace a part.

    It takes time in proportion to the length of the text, whatever stands there.
    """
    if _REPLACES.search(text):
        return True
    for match in _NEW_PART.finditer(text):
        at = match.start()
        earliest = max(at - _MAX_TARGET, 0)
        target = text[max(text.rfind("\n", earliest, at) + 1, earliest) : at].strip().removeprefix("self.")
        if target.endswith("]") or (":" not in target and _PART.search(target)):
            return True
    return False
