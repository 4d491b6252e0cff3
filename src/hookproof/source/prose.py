"""What of a text is not code: strings of several lines, and comments."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property

_ONE_LINE_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_COMMENT_START = re.compile(r"[^\"'#\n]*#")
_COMMENT = re.compile(r"[^\"'\n]*#")


class DoubtError(Exception):
    """Only the tokens can tell."""


def without_prose(text: str, offsets: Iterable[int]) -> Iterator[int]:
    """Yield the offsets at which code stands, those in doubt too, and those in strings of one line."""
    prose = _Prose(text)
    return (offset for offset in offsets if not prose.includes(offset))


def is_comment(text: str, offset: int) -> bool:
    """Whether a comment stands at an offset; not seen where a string stands before it on its line."""
    return _COMMENT.match(text, text.rfind("\n", 0, offset) + 1, offset) is not None


def long_strings(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each string of several lines. Raises `DoubtError`."""
    position, double, single = 0, text.find('"""'), text.find("'''")
    while double >= 0 or single >= 0:
        is_double = single < 0 or 0 <= double < single
        start, quotes = (double, '"""') if is_double else (single, "'''")
        line = max(text.rfind("\n", 0, start) + 1, position)
        before = text[line:start]
        if "#" in before or "'" in before or '"' in before:
            before = _ONE_LINE_STRING.sub("", before)
            if "'" in before or '"' in before:
                raise DoubtError
        if "#" in before:
            position = text.find("\n", start)
            if position < 0:
                return
        else:
            position = _string_end(text, start + len(quotes), quotes)
            if text.find("\n", start, position) >= 0:
                yield start, position
        # Two searches for words run at the speed of memory, one for a pattern of both does not.
        if 0 <= double < position:
            double = text.find('"""', position)
        if 0 <= single < position:
            single = text.find("'''", position)


def _string_end(text: str, position: int, quotes: str) -> int:
    """Return where the string ends whose text starts at `position`. Raises `DoubtError` if it never does."""
    while (end := text.find(quotes, position)) >= 0:
        backslashes = end - len(text[:end].rstrip("\\")) if text[end - 1] == "\\" else 0
        if backslashes % 2 == 0:
            return end + len(quotes)
        position = end + 1
    raise DoubtError


class _Prose:
    """Looks for the strings of a text only where the quotes before an offset give a reason to."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line = 0, -1, 0  # start and end of the line asked for last, and where its comment starts
        self._counted, self._quotes = 0, 0  # the quotes before the offset asked for last

    def includes(self, offset: int) -> bool:
        if self._is_comment(offset):
            return True
        if not self._quotes_before(offset) % 2:
            return False
        number = bisect_right(self._strings, offset, key=lambda string: string[0]) - 1
        return number >= 0 and offset < self._strings[number][1]

    def _is_comment(self, offset: int) -> bool:
        """As `is_comment`, looking at each line once."""
        start, end, comment = self._line
        if not start <= offset <= end:
            start = self._text.rfind("\n", 0, offset) + 1
            end = self._text.find("\n", offset)
            end = len(self._text) if end < 0 else end
            found = _COMMENT_START.match(self._text, start, end)
            comment = found.end() if found else end + 1
            self._line = start, end, comment
        return comment <= offset

    def _quotes_before(self, offset: int) -> int:
        if offset < self._counted:
            self._counted, self._quotes = 0, 0
        for quotes in ('"""', "'''"):
            self._quotes += self._text.count(quotes, self._counted, offset)
        self._counted = offset
        return self._quotes

    @cached_property
    def _strings(self) -> list[tuple[int, int]]:
        try:
            return list(long_strings(self._text))
        except DoubtError:
            return []
