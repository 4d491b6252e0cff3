"""Pieces of source code as data for a page, which shows them when somebody asks: each line of a file once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from hookproof.finding import Finding
from hookproof.output.display import Display

_CONTEXT = 3
_LONGEST = 30


class Frame(Struct, frozen=True, array_like=True):
    """Lines of a file, by its number: what they are shown as, the line they are about, the first and last."""

    title: str
    file: int
    line: int
    first: int
    last: int


class Mark(Struct, frozen=True, array_like=True):
    """What a finding flags, from a 0-based column to another, which is -1 for the end of the line."""

    file: int
    line: int
    start: int
    end: int
    code: str


class SourceFile(Struct):
    """A file by its path, with the text of the lines that frames show."""

    path: str
    lines: dict[int, str] = field(default_factory=dict)


class Piece(Struct, frozen=True):
    """The frames of one registration, and what is flagged in them."""

    frames: tuple[Frame, ...]
    marks: tuple[Mark, ...]


class Code:
    """Gathers the pieces of all registrations of a page."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._numbers: dict[str, int] = {}
        self.files: list[SourceFile] = []
        self.pieces: list[Piece] = []

    def add(self, places: Iterable[tuple[str, str, int, bool]], findings: Sequence[Finding]) -> None:
        """Add the piece of a registration: titles, paths and lines of `places`, and if all below is shown."""
        frames = tuple(frame for place in places if (frame := self._frame(*place)) is not None)
        shown = {(frame.file, line) for frame in frames for line in range(frame.first, frame.last + 1)}
        marks = (
            Mark(
                self._number(finding.path),
                finding.line,
                finding.column - 1,
                finding.end_column - 1 if finding.end_line == finding.line else -1,
                finding.code,
            )
            for finding in findings
        )
        self.pieces.append(Piece(frames, tuple(mark for mark in marks if (mark.file, mark.line) in shown)))

    def _frame(self, title: str, path: str, line: int, is_whole: bool) -> Frame | None:
        """Return the code around `line`, or the whole statement that begins there; None where it is not."""
        lines = self._display.read(path)
        if not 0 < line <= len(lines):
            return None
        first = line if is_whole else max(line - _CONTEXT, 1)
        last = _end(lines, line) if is_whole else min(line + _CONTEXT, len(lines))
        while not is_whole and not lines[first - 1].strip():
            first += 1
        while not is_whole and not lines[last - 1].strip():
            last -= 1
        number = self._number(path)
        self.files[number].lines |= {n: lines[n - 1] for n in range(first, last + 1)}
        return Frame(title, number, line, first, last)

    def _number(self, path: str) -> int:
        if path not in self._numbers:
            self._numbers[path] = len(self.files)
            self.files.append(SourceFile(str(path)))
        return self._numbers[path]


def _end(lines: Sequence[str], first: int) -> int:
    """Return the last line of the statement at `first`, as its indentation tells it, not too far away."""
    depth = _depth(lines[first - 1])
    last = first
    for number in range(first + 1, min(first + _LONGEST, len(lines) + 1)):
        text = lines[number - 1]
        if text.strip():
            if _depth(text) <= depth and text.strip()[0] not in ")]}":
                break
            last = number
    return last


def _depth(text: str) -> int:
    expanded = text.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())
