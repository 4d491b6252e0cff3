"""The logical lines of a file, found token by token.

The scan only has to know strings, comments, brackets and line continuations to find where a logical line
starts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from hookproof.source.text import SourceError

# CPython's tokenizer refuses more ("too many nested parentheses"); parsers overflow their stack.
_MAX_BRACKETS = 200

_PLAIN_STRING = (
    r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\[\s\S]|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\[\s\S])*"'
    r"|'(?:[^'\\\n]|\\[\s\S])*'"
)
_FORMATTED_START = (  # the quotes of a formatted string; `if"…"` is none
    r"""([\"'](?:(?<=(?<!\w)[fFtT].)|(?<=(?<!\w)[fFtT][rR].)|(?<=(?<!\w)[rR][fFtT].))"""
    r"""(?:(?<=\")\"\"|(?<=')'')?)"""
)
# Each alternative starts with a literal, so that `search` skips everything else at once.
_TOKEN = re.compile(
    r"\n([ \t\f]*)(?=[^\s#])"  # 1: the indentation of a line with code
    r"|\([^'\"#\\()\[\]{}\n]*\)"
    r"|([(\[{])|([)\]}])"  # 2, 3: brackets
    r"|#[^\n]*|\\\n"
    rf"|{_FORMATTED_START}"  # 4
    rf"|{_PLAIN_STRING}"
)
_IN_FIELD = re.compile(rf"([(\[{{])|([)\]}}])|(:)|!=|{_FORMATTED_START}|{_PLAIN_STRING}|#[^\n]*")
_FORMATTED_TEXT = {
    quotes: re.compile(rf"\\[\s\S]|\{{\{{|({quotes})|(\{{)|(\}})" + ("" if len(quotes) == 3 else r"|(\n)"))
    for quotes in ('"""', "'''", '"', "'")
}


def _formatted_string_end(text: str, position: int, quotes: str) -> int:
    """Return where the formatted string ends whose text starts at `position`; `position` if it never does."""
    pattern, start = _FORMATTED_TEXT[quotes], position
    while match := pattern.search(text, position):
        position = match.end()
        if match.lastindex == 1:
            return position
        if match.lastindex == 4:
            return start
        if match.lastindex == 2:
            position = _field_end(text, position, quotes)
            if position < 0:
                return start
    return start


def _field_end(text: str, position: int, quotes: str) -> int:
    """Return where the replacement field ends whose expression starts at `position`, or -1."""
    depth = 0
    while match := _IN_FIELD.search(text, position):
        position = match.end()
        kind = match.lastindex
        if kind == 1:
            depth += 1
        elif kind == 2:
            if depth == 0:
                return position
            depth -= 1
        elif kind == 3 and depth == 0:
            return _format_spec_end(text, position, quotes)
        elif kind == 4:
            position = _formatted_string_end(text, position, match[4])
    return -1


def _format_spec_end(text: str, position: int, quotes: str) -> int:
    pattern = _FORMATTED_TEXT[quotes]
    while match := pattern.search(text, position):
        position = match.end()
        if match.lastindex == 3:
            return position
        if match.lastindex in (1, 4):
            return -1
        if match.lastindex == 2:
            position = _field_end(text, position, quotes)
            if position < 0:
                return -1
    return -1


class Line(NamedTuple):
    """Where a logical line starts."""

    start: int  # of the physical line
    indent: str
    code: int  # where its first token starts


def logical_lines(text: str, path: str, file_line: Callable[[int], int] = int) -> Iterator[Line]:
    """Yield the logical lines of `text`, without blank lines and comments.

    Raises `SourceError` for brackets nested beyond what CPython's tokenizer takes; `file_line` turns a line
    of `text` into the file's for the message.
    """
    padded = "\n" + text  # so that the first line follows a newline too; offsets into `text` are one less
    depth, position, search = 0, 0, _TOKEN.search
    while match := search(padded, position):
        position = match.end()
        kind = match.lastindex
        if kind is None:
            continue
        if kind == 1:
            if depth == 0:
                indent = match[1]
                if "\f" in indent:  # a form feed starts the column count again
                    indent = indent[indent.rindex("\f") + 1 :]
                yield Line(match.start(), indent, position - 1)
        elif kind == 2:
            depth += 1
            if depth > _MAX_BRACKETS:
                line = file_line(padded.count("\n", 0, position))
                raise SourceError(f"cannot parse {path}: line {line}: too deeply nested")
        elif kind == 3:
            depth = max(depth - 1, 0)
        else:
            position = _formatted_string_end(padded, position, match[4])


def string_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the strings and comments of `text` begin and end, prefixes of strings left out."""
    padded = "\n" + text
    position = 0
    while match := _TOKEN.search(padded, position):
        position = match.end()
        start = match.start()
        if match.lastindex == 4:
            position = _formatted_string_end(padded, position, match[4])
        elif match.lastindex is not None or padded[start] not in "#\"'":
            continue
        yield start - 1, position - 1
