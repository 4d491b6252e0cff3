"""The logical lines that a file is cut at, found by searching: those at column 0 and those of class bodies.

Nothing within a function is looked at, except for strings of several lines and, where a line could continue
an expression, the brackets before it. That is many times faster than a look at every token
(`hookproof.syntax.logical_lines`), which is needed only where the text leaves a doubt.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from hookproof.source.prose import DoubtError, long_strings
from hookproof.source.text import SourceError
from hookproof.syntax.logical_lines import Line, logical_lines

_TOP = re.compile(r"\n(?=[^\s#)\]}])")
_INDENTED = re.compile(r"\n([ \t]+)(?=[^\s#)\]}])")
# What starts so starts a statement, also where a bracket might still be open.
_STATEMENT = re.compile(r"(?:async[ \t]+)?def\b|class\b|import\b|from\b|@")
_CLASS = re.compile(r"class\b")
_CODE = re.compile(r"\n[ \t]*(?=[^\s#])")
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))
_MAX_OPEN = 32  # lines in brackets at column 0, before a look at every token is the quicker way


def quick_lines(text: str) -> list[Line] | None:
    """Return the logical lines of `text` at column 0 and in the bodies of classes there, in order.

    Lines of other depths may be missing. None where only the tokens can tell.
    """
    if "\f" in text:
        return None
    try:
        return list(_Search(text).lines())
    except DoubtError:
        return None


class _Search:
    def __init__(self, text: str) -> None:
        self.text = (
            "\n" + text
        )  # so that the first line follows a newline too; offsets into `text` are one less
        self.starts: list[int] = []
        self.ends: list[int] = []
        for start, end in long_strings(self.text):
            self.starts.append(start)
            self.ends.append(end)

    def lines(self) -> Iterator[Line]:
        """Yield the lines. Raises `DoubtError`."""
        text = self.text
        top = [match.start() for match in self._statements(_TOP, 0, len(text), "")]
        first = _CODE.search(text)
        if first is not None and top[:1] != [first.start()]:
            raise DoubtError  # no file that Python reads starts so
        for number, start in enumerate(top):
            yield Line(start, "", start)
            if text.startswith("class", start + 1):
                end = top[number + 1] if number + 1 < len(top) else len(text)
                yield from self._body(start, end, "")

    def _body(self, start: int, end: int, outer: str) -> Iterator[Line]:
        """Yield the lines of the body of the class whose header is at `start`, and of the classes in it."""
        for match in _INDENTED.finditer(self.text, start + 1, end):
            indent = match[1]
            if len(indent) <= len(outer):
                continue  # the header of a class goes on
            if not self._in_string(match.start()) and not self._is_open(start, match.start()):
                pattern = re.compile(rf"\n{indent}(?=[^\s#)\]}}])")
                lines = [
                    Line(line.start(), indent, line.end() - 1)
                    for line in self._statements(pattern, match.start(), end, indent)
                ]
                for number, line in enumerate(lines):
                    yield line
                    if _CLASS.match(self.text, line.code + 1):
                        stop = lines[number + 1].start if number + 1 < len(lines) else end
                        yield from self._body(line.start, stop, indent)
                return

    def _statements(
        self, pattern: re.Pattern[str], start: int, end: int, indent: str
    ) -> Iterator[re.Match[str]]:
        """Yield the matches at which a statement starts; the first one is known to be one."""
        text, before, is_open = self.text, None, 0
        for match in pattern.finditer(text, start, end):
            at = match.start()
            if self._in_string(at):
                continue
            if text[at - 1 : at] == "\\":
                raise DoubtError  # a line goes on, or a comment ends so
            is_sure = before is None or _STATEMENT.match(text, at + 1 + len(indent))
            if not is_sure and before is not None and self._is_open(before, at):
                is_open += 1
                if is_open > _MAX_OPEN:
                    raise DoubtError
                continue
            before = at
            yield match

    def _in_string(self, offset: int) -> bool:
        number = bisect_right(self.starts, offset) - 1
        return number >= 0 and offset < self.ends[number]

    def _is_open(self, start: int, end: int) -> bool:
        """Whether a bracket that opens behind `start` is still open at `end`."""
        text = self.text
        if all(text.count(left, start, end) == text.count(right, start, end) for left, right in _BRACKETS):
            return False
        # Brackets in strings and comments were counted as well.
        part = text[start + 1 : end]
        try:
            return sum(1 for _ in logical_lines(f"{part}\n_", "")) == sum(1 for _ in logical_lines(part, ""))
        except SourceError:  # too many brackets, of which the look at every token tells with the file's name
            raise DoubtError from None
