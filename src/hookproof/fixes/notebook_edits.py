"""Edits of the module that a notebook's cells make, carried out in the cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from hookproof.finding import Edit
from hookproof.source.notebook import Cell, Notebook, notebook
from hookproof.source.notebook_writing import with_sources
from hookproof.source.text import SourceError

Change = Callable[[str, Iterable[Edit]], str]


class OutOfReachError(Exception):
    """Edits that no one cell can take, and why, in words for people."""


def edited_notebook(data: bytes, path: str, edits: Iterable[Edit], change: Change) -> bytes:
    """Return the bytes of a notebook with these edits carried out, `change` being what does so in a text.

    Raises `OutOfReachError`.
    """
    try:
        book = notebook(data, path)
    except SourceError:
        raise OutOfReachError(f"{path} cannot be read") from None
    python = book.text.split("\n")
    by_cell: dict[Cell, list[Edit]] = {}
    for edit in edits:
        cell, moved = _in_cell(book, edit)
        _keep_magics(cell, python, edit)
        by_cell.setdefault(cell, []).append(moved)
    changes = {cell.number: _changing(tuple(own), change) for cell, own in by_cell.items()}
    return with_sources(data, changes)


def _changing(edits: tuple[Edit, ...], change: Change) -> Callable[[str], str]:
    return lambda text: change(text, edits)


def _in_cell(book: Notebook, edit: Edit) -> tuple[Cell, Edit]:
    """Return the cell that an edit is of, and the edit with the lines of the cell."""
    cell = book.cell_at(edit.line)
    if cell is None:
        raise OutOfReachError("the notebook has no cell for it")
    lines = cell.source.split("\n")
    shift = cell.first - 1
    moved = replace(edit, line=edit.line - shift, end_line=edit.end_line - shift)
    # The first column behind the last line is the end of it here.
    last, end = len(lines), len(lines[-1]) + 1
    if moved.line > last:
        moved = replace(moved, line=last, column=end, replacement=f"\n{moved.replacement.rstrip()}")
    if moved.end_line == last + 1 and moved.end_column == 1:
        moved = replace(moved, end_line=last, end_column=end)
    if moved.end_line > last:
        raise OutOfReachError("it spans cells")
    return cell, moved


def _keep_magics(cell: Cell, python: list[str], edit: Edit) -> None:
    """Raise `OutOfReachError` where an edit would change what is IPython's."""
    if edit.column == 1 and (edit.line, edit.column) == (edit.end_line, edit.end_column):
        return
    for number, line in enumerate(cell.source.split("\n"), cell.first):
        if edit.line <= number <= edit.end_line and line != python[number - 1]:
            raise OutOfReachError("a magic of IPython stands there")
