"""Places in notebooks as people and machines are told them: before output, lines are those of the module.

Text has `cell 3:4:9` in the place of `4:9`, JSON a `cell` beside the line, which is that of the cell. A
format whose lines must be those of the file has the first one, as with ruff, and the cell in the message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from hookproof.finding import Finding
from hookproof.output.display import Display
from hookproof.report import Report
from hookproof.source.notebook import Notebook
from hookproof.source.text import is_notebook

Value = TypeVar("Value")
Style = Literal["text", "file", "lines"]
"""A place is `nb.ipynb:cell 3` and its line, the file and its first line, or the file and the cell's line."""

# What has a path, and the lines that are counted in that file.
_FIELDS = {
    "path": ("line", "end_line"),
    "registration_path": ("registration_line",),
    "entry_path": ("entry_line",),
}


class CellPath(str):
    """The path of a notebook as it is shown, for one of its places: cell and line within it are known."""

    file: str
    cell: int
    line: int

    def __new__(cls, file: str, cell: int, line: int, *, is_named: bool) -> CellPath:
        """Return the path, the cell named in it or not."""
        made = super().__new__(cls, f"{file}:cell {cell}" if is_named else file)
        made.file, made.cell, made.line = file, cell, line
        return made


def file_of(path: str) -> str:
    """Return the path without its cell."""
    return path.file if isinstance(path, CellPath) else path


def location(finding: Finding) -> str:
    """Return where in its file a finding stands: `4:9` or `cell 3:4:9`."""
    cell = f"cell {finding.path.cell}:" if isinstance(finding.path, CellPath) else ""
    return f"{cell}{finding.line}:{finding.column}"


def spot(display: Display, path: str, line: int, column: int | None = None) -> str:
    """Return a place of a file as people read it, given its line of the module."""
    book = display.notebook(path) if is_notebook(path) else None
    at = f"{line}" if book is None else "cell {0.cell}:{0.line}".format(book.place(line))
    return f"{path}:{at}" if column is None else f"{path}:{at}:{column}"


def in_cells(report: Report, display: Display, style: Style) -> tuple[Report, Display]:
    """Return the report with the places of notebooks as a style has them, and a display that knows them."""
    books = cache(display.notebook)
    findings = tuple(
        _of_file(each) if style == "file" else each for each in _placed(report.findings, books, style)
    )
    hooks = _placed(report.hooks, books, style)
    placed = msgspec.structs.replace(report, findings=findings, hooks=hooks)
    return placed, msgspec.structs.replace(display, read=lambda path: _lines(path, display))


def in_json(values: Any, display: Display) -> Any:
    """Return plain values with the cell beside each line of a notebook."""
    if isinstance(values, (list, tuple)):
        return [in_json(each, display) for each in values]
    if not isinstance(values, dict):
        return values
    found = {key: in_json(each, display) for key, each in values.items()}
    path = found.get("path")
    book = display.notebook(path) if isinstance(path, str) and is_notebook(path) else None
    if book is None or "line" not in found:
        return found
    place = book.place(found["line"])
    shift = found["line"] - place.line
    moved = {key: found[key] - shift for key in ("line", "end_line") if key in found}
    return {**found, **moved, "cell": place.cell}


def _placed(value: Any, books: Callable[[str], Notebook | None], style: Style) -> Any:
    if isinstance(value, tuple):
        return tuple(_placed(each, books, style) for each in value)
    if not isinstance(value, Struct):
        return value
    fields = value.__struct_fields__
    changes = {name: _placed(getattr(value, name), books, style) for name in fields}
    for name, lines in _FIELDS.items():
        path: Any = changes.get(name)
        book = books(path) if isinstance(path, str) and is_notebook(path) else None
        if book is not None and lines[0] in changes:
            line = changes[lines[0]]
            place = book.place(line)
            changes[name] = CellPath(path, place.cell, place.line, is_named=style == "text")
            changes |= {each: changes[each] - line + place.line for each in lines if each in changes}
    return type(value)(**changes)


def _of_file(finding: Finding) -> Finding:
    """Return a finding at the first line of its notebook, the place told in its message."""
    if not isinstance(finding.path, CellPath):
        return finding
    told = f"{location(finding)}: {finding.message}"
    return msgspec.structs.replace(finding, message=told, line=1, column=1, end_line=1, end_column=1)


def _lines(path: str, display: Display) -> tuple[str, ...]:
    book = display.notebook(path.file) if isinstance(path, CellPath) else None
    if book is None:
        return display.read(path)
    return tuple(_of_cell(book, path))  # type: ignore[arg-type]


def _of_cell(book: Notebook, path: CellPath) -> Iterator[str]:
    for cell in book.cells:
        if cell.number == path.cell:
            yield from cell.source.removesuffix("\n").split("\n")
