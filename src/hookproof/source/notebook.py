"""Notebooks: the code cells of one are a module, in their order, and a table has the lines of each."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache

import msgspec
from msgspec import Struct, field

from hookproof.source.magics import changes_names, python_of
from hookproof.source.text import SourceError, normalise

_PYTHON = ("python", "ipython")


class Place(Struct, frozen=True):
    """A place in a notebook: the number of its cell among all cells, and the line within, both from 1."""

    cell: int
    line: int


class Cell(Struct, frozen=True):
    """A code cell: its number among all cells, its first line in the module, and its text as written."""

    number: int
    first: int
    source: str


class Notebook(Struct, frozen=True):
    r"""A notebook as a module: `text` is Python, each line of which ends in `\n`.

    A notebook in another language has no text, and `language` names it. Where `is_changed_by_magics`, one of
    them may bind names, forget them, or switch TorchScript off.
    """

    text: str
    cells: tuple[Cell, ...]
    language: str = "python"
    is_changed_by_magics: bool = False

    @property
    def is_python(self) -> bool:
        """Whether its code is Python."""
        return self.language in _PYTHON

    @property
    def python(self) -> bytes:
        """The module as bytes, which are looked at as those of a file are."""
        return self.text.encode("utf-8", "surrogatepass")

    def cell_at(self, line: int) -> Cell | None:
        """Return the cell that has a line of the module; None in a notebook without code."""
        index = bisect_right(self.cells, line, key=lambda cell: cell.first) - 1
        return self.cells[max(index, 0)] if self.cells else None

    def place(self, line: int) -> Place:
        """Return where a line of the module stands."""
        cell = self.cell_at(line)
        return Place(cell.number, max(line - cell.first + 1, 1)) if cell else Place(1, max(line, 1))


class _VsCode(Struct):
    language: str = msgspec.field(name="languageId", default="python")


class _CellMetadata(Struct):
    vscode: _VsCode = field(default_factory=_VsCode)


class _Cell(Struct):
    kind: str = msgspec.field(name="cell_type", default="")
    source: str | list[str] = ""
    input: str | list[str] = ""  # the name of the source in notebooks of format 3
    language: str = "python"
    metadata: _CellMetadata = field(default_factory=_CellMetadata)


class _Sheet(Struct):
    cells: list[_Cell] = field(default_factory=list)


class _Named(Struct):
    name: str | None = None
    language: str | None = None


class _Metadata(Struct):
    language_info: _Named = field(default_factory=_Named)
    kernelspec: _Named = field(default_factory=_Named)


class _Document(Struct):
    cells: list[_Cell] | None = None
    worksheets: list[_Sheet] | None = None
    metadata: _Metadata = field(default_factory=_Metadata)


@lru_cache(maxsize=16)
def notebook(data: bytes, path: str) -> Notebook:
    """Return what the bytes of a notebook hold. Raises `SourceError` where they are not one."""
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Document)
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise SourceError(f"cannot read {path}: not a notebook: {reason}") from None
    sheets = document.worksheets or ()
    listed = document.cells if document.cells is not None else [c for sheet in sheets for c in sheet.cells]
    if document.cells is None and document.worksheets is None:
        raise SourceError(f"cannot read {path}: not a notebook: it has no `cells`")
    language = _language(document.metadata)
    if language not in _PYTHON:
        return Notebook("", (), language)
    cells: list[Cell] = []
    pieces: list[str] = []
    first = 1
    for number, each in enumerate(listed, 1):
        if each.kind != "code" or each.language not in _PYTHON or each.metadata.vscode.language != "python":
            continue
        written = each.source or each.input
        source = normalise(written if isinstance(written, str) else "".join(written), path)
        cells.append(Cell(number, first, source))
        # Whether the last line has an end, its source says: what is left of a magic is nothing.
        pieces += (python_of(source), "" if source.endswith("\n") else "\n")
        first += max(source.count("\n") + (not source.endswith("\n")), 1)
    return Notebook(
        "".join(pieces), tuple(cells), language, any(changes_names(each.source) for each in cells)
    )


def in_cells(told: str, path: str, read: Callable[[str], bytes]) -> str:
    """Return what is told of a notebook, `cell 3: line 2` in the place of a line of its module."""
    try:
        book = notebook(read(path), path)
    except SourceError:
        return told

    def placed(match: re.Match[str]) -> str:
        return "cell {0.cell}: line {0.line}".format(book.place(int(match[1])))

    return re.sub(r"(?<=: )line (\d+)\b", placed, told, count=1)


def _language(metadata: _Metadata) -> str:
    """Return the language of a notebook's kernel; one that says nothing of it is Python's."""
    named = metadata.language_info.name or metadata.kernelspec.language or ""
    if not named and metadata.kernelspec.name:
        kernel = metadata.kernelspec.name.lower()
        named = "python" if not kernel.startswith(("ir", "julia", "bash", "scala", "xcpp")) else kernel
    return named.lower() or "python"
