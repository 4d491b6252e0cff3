"""One pattern as in `.gitignore`, matched in a time that grows with pattern and path alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_MAX_LENGTH = 4_096  # characters of a pattern; a path has no more
_SPECIAL = re.compile(r"[*?\[\\]")


def is_pattern(line: str) -> bool:
    """Return whether a line says anything: git skips what has nothing before or behind its `!` and `/`."""
    text = line.strip().removeprefix("!")
    return bool(text.strip("/ ")) and len(line) <= _MAX_LENGTH and not text.endswith("\\")


class Pattern:
    """A line of a `.gitignore` file, or an excluded name; `is_negated` says that it takes back others.

    `name` is the one that it is about, None where it may be about others; `line` is as it was written.
    """

    def __init__(self, line: str) -> None:
        text = self.line = _without_trailing_spaces(line)
        self.is_negated = text.startswith("!")
        text = text.removeprefix("!")
        self.is_for_directories = text.endswith("/")
        text = text.rstrip("/")
        is_anchored = "/" in text
        parts = [part for part in text.split("/") if part]
        self.name = parts[0] if not is_anchored and not _SPECIAL.search(parts[0]) else None
        self._parts = parts if is_anchored else ["**", *parts]
        self._patterns = [None if part == "**" else _matcher(part) for part in self._parts]

    def matches(self, path: Sequence[str], is_directory: bool) -> bool:
        """Whether the parts of a path are what the pattern names; what lies in it is another matter."""
        return (is_directory or not self.is_for_directories) and len(path) in self._ends(path)

    def _ends(self, path: Sequence[str]) -> set[int]:
        """Return how many parts of the path the whole pattern takes, for each way to take them."""
        reached = {0}
        for number, pattern in enumerate(self._patterns):
            is_last = number + 1 == len(self._patterns)
            if pattern is None:
                # At the end, `**` is everything inside; elsewhere any number of directories, even none.
                first = min(reached, default=len(path)) + is_last
                reached = set(range(first, len(path) + 1))
            else:
                reached = {at + 1 for at in reached if at < len(path) and pattern(path[at])}
            if not reached:
                break
        return reached


def _without_trailing_spaces(line: str) -> str:
    text = line.rstrip("\r\n").rstrip(" ")
    backslashes = len(text) - len(text.rstrip("\\"))
    return f"{text} " if backslashes % 2 and len(text) < len(line) else text


def _matcher(part: str) -> Callable[[str], object]:
    """Return what tells whether a name is matched by one part of a path."""
    if not _SPECIAL.search(part):
        return part.__eq__  # a file of patterns may have a million
    return re.compile(_expression(part)).fullmatch


def _expression(part: str) -> str:
    """Return a regular expression for one part of a path that never goes back behind a `*` it has passed.

    What follows a `*` up to the next one is looked for at its first place: no later one could match more.
    """
    pieces = [""]
    position = 0
    while position < len(part):
        letter = part[position]
        position += 1
        if letter == "*":
            if pieces[-1] or len(pieces) == 1:
                pieces.append("")
        elif letter == "?":
            pieces[-1] += "."
        elif letter == "[" and (found := _set(part, position)):
            piece, position = found
            pieces[-1] += piece
        elif letter == "\\" and position < len(part):
            pieces[-1] += re.escape(part[position])
            position += 1
        else:
            pieces[-1] += re.escape(letter)
    if len(pieces) == 1:
        return f"(?s:{pieces[0]})"
    first, *middle, last = pieces
    found_first = "".join(f"(?=(?P<at{n}>.*?{piece}))(?P=at{n})" for n, piece in enumerate(middle))
    return f"(?s:{first}{found_first}.*{last})"


def _set(part: str, position: int) -> tuple[str, int] | None:
    """Return the expression for the set of characters that starts behind a `[`, and where it ends."""
    end = part.find("]", position + 1 + (part[position : position + 1] in {"!", "^"}))
    if end < 0:
        return None
    inner = part[position:end]
    is_negated = inner[:1] in {"!", "^"}
    inner = inner[is_negated:]
    try:
        expression = f"[{'^' if is_negated else ''}{_escaped(inner)}]"
        re.compile(expression)
    except re.error:
        return None
    return expression, end + 1


def _escaped(inner: str) -> str:
    """Return the characters and ranges of a set as `re` spells them."""
    letters = re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)
    pieces, position = list[str](), 0
    while position < len(letters):
        is_range = letters[position + 1 : position + 2] == "-" and position + 2 < len(letters)
        ends = (letters[position], letters[position + 2]) if is_range else (letters[position],)
        pieces.append("-".join(map(re.escape, ends)))
        position += 3 if is_range else 1
    return "".join(pieces)
