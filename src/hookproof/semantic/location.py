"""Places: where in the project a node stands, resolved to lines and columns only when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from hookproof.finding import Evidence

if TYPE_CHECKING:
    from hookproof.syntax.source_file import SourceFile


class Location(Struct, frozen=True):
    """The node numbered `at` of `file`."""

    file: SourceFile
    at: int

    @property
    def path(self) -> str:
        """The path as it is shown to people."""
        return self.file.path

    @property
    def range(self) -> tuple[int, int, int, int]:
        """Line, column, end line and end column, 1-based, the end column exclusive."""
        return self.file.location(self.at)

    @property
    def line(self) -> int:
        """The 1-based line."""
        return self.range[0]

    def evidence(self, note: str) -> Evidence:
        """Return this place as a link of an evidence chain."""
        return Evidence(self.path, self.line, note)
