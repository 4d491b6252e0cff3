"""Where output goes: how wide it is, whether it has colours, and where source lines come from."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct

from hookproof.output.hyperlinks import can_link
from hookproof.source.program_text import program_text
from hookproof.source.text import SourceError, read

if TYPE_CHECKING:
    from hookproof.source.notebook import Notebook


def read_lines(path: str) -> tuple[str, ...]:
    """Return the lines of a Python file without their ends; none where it cannot be read."""
    try:
        return lines_of(read(path), path)
    except SourceError:
        return ()


def lines_of(data: bytes, path: str) -> tuple[str, ...]:
    """Return the lines of a file's bytes without their ends; none where they cannot be decoded."""
    try:
        return tuple(program_text(data, path).split("\n"))
    except SourceError:
        return ()


def read_notebook(path: str) -> Notebook | None:
    """Return what a notebook holds; None where it cannot be read."""
    try:
        return notebook_of(read(path), path)
    except SourceError:
        return None


def notebook_of(data: bytes, path: str) -> Notebook | None:
    """Return what the bytes of a notebook hold; None where they are not one."""
    from hookproof.source.notebook import notebook  # most files are none

    try:
        return notebook(data, path)
    except SourceError:
        return None


class Display(Struct, frozen=True):
    """What a format needs to know besides the report. `read` gives a file's lines by its shown path.

    `notebook` gives what a notebook holds, by its path.

    Only on a terminal is there a width that lines must keep to. `links` tells whether codes are hyperlinks.
    """

    color: bool = False
    width: int = 80
    is_terminal: bool = False
    links: bool = False
    has_many_colors: bool = False
    read: Callable[[str], tuple[str, ...]] = read_lines
    notebook: Callable[[str], Notebook | None] = read_notebook

    @staticmethod
    def of(stream: TextIO, sources: Mapping[str, bytes] | None = None) -> Display:
        """Return what fits `stream`. `sources` holds the files that are not on disk as they were checked."""
        known = {path: lines_of(data, path) for path, data in (sources or {}).items()}
        from_disk = cache(read_lines)
        book_on_disk = cache(read_notebook)
        given = dict(sources or {})
        return Display(
            color=_wants_color(stream),
            width=width_of(stream),
            is_terminal=stream.isatty(),
            links=can_link(stream),
            has_many_colors=_has_many_colors(),
            read=lambda path: known[path] if path in known else from_disk(path),
            notebook=lambda path: notebook_of(given[path], path) if path in given else book_on_disk(path),
        )

    def line(self, path: str, number: int) -> str:
        """Return one line of a file by its 1-based number, empty where there is none."""
        number = getattr(path, "line", number)  # the path of a place in a notebook knows its own
        lines = self.read(path)
        return lines[number - 1] if 0 < number <= len(lines) else ""


def width_of(stream: TextIO) -> int:
    """Return how many cells a line of `stream` has: `COLUMNS`, else its terminal's width, else 80."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _wants_color(stream: TextIO) -> bool:
    # NO_COLOR and FORCE_COLOR count when they are not empty (no-color.org, force-color.org).
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def _has_many_colors() -> bool:
    """Whether the terminal says that it has 256 colours."""
    if os.environ.get("COLORTERM") in ("truecolor", "24bit") or os.environ.get("FORCE_COLOR") in ("2", "3"):
        return True
    return any(word in os.environ.get("TERM", "") for word in ("256color", "direct", "kitty", "ghostty"))
