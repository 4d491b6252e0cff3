"""Where output goes: how wide it is, whether it has colours, and where source lines come from."""

from __future__ import annotations

import os
import shutil
import tokenize
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TextIO


def read_lines(path: str) -> tuple[str, ...]:
    """Return the lines of a Python file without their ends; none where it cannot be read."""
    try:
        with tokenize.open(path) as stream:
            return tuple(stream.read().split("\n"))
    except (OSError, SyntaxError, UnicodeError):
        return ()


@dataclass(frozen=True)
class Display:
    """What a format needs to know besides the report. `read` gives a file's lines by its shown path."""

    color: bool = False
    width: int = 80
    read: Callable[[str], tuple[str, ...]] = read_lines

    @staticmethod
    def of(stream: TextIO, texts: Mapping[str, str] | None = None) -> Display:
        """Return what fits `stream`. `texts` holds the text of files that are not on disk as checked."""
        known = {path: tuple(text.splitlines()) for path, text in (texts or {}).items()}
        from_disk = cache(read_lines)
        return Display(
            color=_wants_color(stream),
            width=shutil.get_terminal_size().columns,
            read=lambda path: known[path] if path in known else from_disk(path),
        )

    def line(self, path: str, number: int) -> str:
        """Return one line of a file by its 1-based number, empty where there is none."""
        lines = self.read(path)
        return lines[number - 1] if 0 < number <= len(lines) else ""


def _wants_color(stream: TextIO) -> bool:
    # NO_COLOR and FORCE_COLOR count when they are not empty (no-color.org, force-color.org).
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")
