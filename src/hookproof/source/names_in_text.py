"""What a text does with names, told from its letters: read once for each file, asked for each name."""

from __future__ import annotations

import re
from functools import cached_property

_CALLED = re.compile(r"\b(\w+)\.(\w+)\(")
_FILLED = re.compile(
    r"\b(\w+)(?=\s*(?:\[[^\]\n]*\]\s*=(?!=)|\.(?:append|add|update|extend|setdefault|insert)\())"
)
_DECORATORS = re.compile(r"^@((?:\w+\.)*\w+)", re.MULTILINE)


class NamesInText:
    """The names in a text that something is done with, each thing found on first use."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def called_on(self) -> dict[str, set[str]]:
        """The methods that are called on what has a name."""
        found: dict[str, set[str]] = {}
        for name, method in _CALLED.findall(self._text):
            found.setdefault(name, set()).add(method)
        return found

    @cached_property
    def filled(self) -> dict[str, list[int]]:
        """Where something is put into what has a name: offsets into the text."""
        found: dict[str, list[int]] = {}
        for match in _FILLED.finditer(self._text):
            found.setdefault(match[1], []).append(match.start())
        return found

    @cached_property
    def decorating(self) -> frozenset[str]:
        """The words of the decorators at the top level."""
        return frozenset(word for words in _DECORATORS.findall(self._text) for word in words.split("."))
