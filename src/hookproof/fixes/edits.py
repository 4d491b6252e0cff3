"""Edits of a file's bytes: everything outside of them stays as it was, line endings and encoding included."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from hookproof.finding import Edit, Fix
from hookproof.source.text import SourceError, encoding_of, is_notebook

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


class EditError(Exception):
    """Edits that cannot be carried out, and why, in words for people."""


def edited(data: bytes, path: str, edits: Iterable[Edit]) -> bytes:
    """Return the bytes of a Python file with these edits carried out.

    Replacements end their lines as the file does. Raises `EditError` where two edits overlap, where one lies
    outside of the file, and where the file's encoding has no character that is put in.
    """
    if is_notebook(path):
        from hookproof.fixes.notebook_edits import OutOfReachError, edited_notebook  # most files are none

        try:
            return edited_notebook(data, path, edits, edited_text)
        except OutOfReachError as error:
            raise EditError(str(error)) from None
    try:
        name = encoding_of(data, path)
        text = data.decode(name)
    except (SourceError, ValueError, LookupError):
        raise EditError(f"{path} cannot be decoded") from None
    changed = edited_text(text, edits)
    try:
        made = changed.encode("utf-8" if name == "utf-8-sig" else name)
    except UnicodeEncodeError:
        raise EditError(f"{name} cannot spell what is put in") from None
    return codecs.BOM_UTF8 + made if name == "utf-8-sig" else made


def edited_text(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with these edits carried out; replacements end their lines as it does.

    Raises `EditError` where two edits overlap, and where one lies outside of the text.
    """
    starts = _starts(text)
    newline = _newline(text)
    pieces: list[str] = []
    done = 0
    for edit in sorted(set(edits), key=_order):
        start, end = (
            _offset(starts, text, edit.line, edit.column),
            _offset(starts, text, edit.end_line, edit.end_column),
        )
        if start < done or end < start:
            raise EditError("two edits overlap")
        pieces += text[done:start], edit.replacement.replace("\n", newline)
        done = end
    return "".join((*pieces, text[done:]))


def are_apart(edits: Iterable[Edit]) -> bool:
    """Whether no two of these edits, all of them different, touch the same text."""
    last: Edit | None = None
    for edit in sorted(edits, key=_order):
        if last is not None and last.path == edit.path and _start(edit) < (last.end_line, last.end_column):
            return False
        if last is not None and last.path == edit.path and _start(edit) == _start(last):
            return False  # which of them would come first?
        last = edit
    return True


def edits_of(fixes: Iterable[Fix]) -> frozenset[Edit]:
    """Return what several fixes put in, once where they agree on it."""
    return frozenset(edit for fix in fixes for edit in fix.edits)


def _order(edit: Edit) -> tuple[str, int, int, int, int]:
    return (edit.path, edit.line, edit.column, edit.end_line, edit.end_column)


def _start(edit: Edit) -> tuple[int, int]:
    return (edit.line, edit.column)


def _starts(text: str) -> list[int]:
    """Return where each line begins, as Python counts lines, a byte order mark not among the characters."""
    return [match.start() for match in _LINE.finditer(text)]


def _offset(starts: list[int], text: str, line: int, column: int) -> int:
    offset = starts[line - 1] + column - 1 if 0 < line <= len(starts) else -1
    if not 0 <= offset <= len(text):
        raise EditError("an edit lies outside of the file")
    return offset


def _newline(text: str) -> str:
    """Return how the first line ends that ends at all."""
    found = re.search(r"\r\n|\r|\n", text)
    return found[0] if found else "\n"
