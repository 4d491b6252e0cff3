"""Cells of a notebook put anew, every other byte of its JSON as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from hookproof.source.notebook import Cell, notebook

_TOKEN = re.compile(rb'\s*(?:"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+)', re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_PLACES = (("cells", "*", "source"), ("worksheets", "*", "cells", "*", "input"))  # the latter in format 3


def with_sources(data: bytes, change: Mapping[int, Callable[[str], str]]) -> bytes:
    """Return a notebook in which the cells of these numbers, from 1, have their source changed.

    A source stays what it was, one string or a list of them, and so do the bytes of its lines that stay.
    """
    pieces: list[bytes] = []
    done = 0
    for number, start, end in _sources(data):
        if number in change:
            pieces += (data[done:start], _changed(data[start:end], change[number]))
            done = end
    return b"".join((*pieces, data[done:]))


def with_lines(data: bytes, path: str, text: str) -> bytes:
    """Return a notebook whose module has become `text`, which has as many lines as before.

    Raises `SourceError` where it is no notebook.
    """
    book = notebook(data, path)
    before, after = book.text.split("\n"), text.split("\n")

    def changing(cell: Cell) -> Callable[[str], str]:
        def change(source: str) -> str:
            lines = source.splitlines(keepends=True)
            for index, line in enumerate(lines):
                old, new = before[cell.first - 1 + index], after[cell.first - 1 + index]
                bare = line.rstrip("\r\n")
                if old != new and bare == old:
                    lines[index] = new + line[len(bare) :]
            return "".join(lines)

        return change

    def has_changed(cell: Cell) -> bool:
        last = cell.first + len(cell.source.split("\n"))
        return before[cell.first - 1 : last - 1] != after[cell.first - 1 : last - 1]

    return with_sources(data, {cell.number: changing(cell) for cell in book.cells if has_changed(cell)})


def _sources(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield for the source of each cell its number, where it begins, and where it ends."""
    path: list[str | int] = []
    number = 0
    inside: tuple[int, int] | None = None  # where a source begins that is a list, and how deep
    is_key = False
    for match in _TOKEN.finditer(data):
        token = match[0].lstrip()
        start, first = match.end() - len(token), token[:1]
        if first == b"{" and inside is None and _is_cell(path):
            number += 1
        if is_key and first == b'"':
            path[-1] = json.loads(token)
            is_key = False
        elif first in (b"{", b"["):
            if inside is None and first == b"[" and _is_source(path):
                inside = start, len(path)
            path.append("" if first == b"{" else 0)
            is_key = first == b"{"
        elif first in (b"}", b"]"):
            path.pop()
            is_key = False
            if inside is not None and len(path) == inside[1]:
                yield number, inside[0], match.end()
                inside = None
        elif first == b",":
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else ""
            is_key = isinstance(last, str)
        elif first == b'"' and inside is None and _is_source(path):
            yield number, start, match.end()


def _is_source(path: list[str | int]) -> bool:
    return any(_has_shape(path, shape) for shape in _PLACES)


def _is_cell(path: list[str | int]) -> bool:
    return any(_has_shape(path, shape[:-1]) for shape in _PLACES)


def _has_shape(path: list[str | int], shape: tuple[str, ...]) -> bool:
    return len(path) == len(shape) and all(
        isinstance(each, int) if wanted == "*" else each == wanted
        for each, wanted in zip(path, shape, strict=True)
    )


def _changed(raw: bytes, change: Callable[[str], str]) -> bytes:
    is_list = raw.startswith(b"[")
    if not is_list:
        old = json.loads(raw)
        before = dict(_lines_of_string(raw))
        lines = _spelled(change(old), before, is_ascii=_is_ascii(raw))
        return b'"' + b"".join(lines) + b'"'
    strings = [match[0] for match in _STRING.finditer(raw)]
    old = "".join(map(json.loads, strings))
    before = {json.loads(each): each[1:-1] for each in strings}
    lines = _spelled(change(old), before, is_ascii=_is_ascii(raw))
    head, between, tail = _spaces(raw)
    return head + between.join(b'"' + each + b'"' for each in lines) + tail


def _lines_of_string(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield each line of a JSON string with the bytes that spell it."""
    for match in re.finditer(rb"(?:[^\\]|\\[^n])*?(?:\\n|\Z)", raw[1:-1], re.DOTALL):
        if match[0]:
            yield json.loads(b'"' + match[0] + b'"'), match[0]


def _spelled(new: str, before: Mapping[str, bytes], *, is_ascii: bool) -> list[bytes]:
    """Return the lines of the new text as JSON spells them; those that stay are spelled as they were."""
    lines = new.splitlines(keepends=True) if "\r" in new else re.findall(r"[^\n]*\n|[^\n]+", new)
    return [before[line] if line in before else _quoted(line, is_ascii=is_ascii) for line in lines]


def _quoted(line: str, *, is_ascii: bool) -> bytes:
    return json.dumps(line, ensure_ascii=is_ascii)[1:-1].encode("utf-8", "surrogatepass")


def _is_ascii(raw: bytes) -> bool:
    return raw.isascii() and b"\\u" in raw


def _spaces(raw: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what stands before, between and behind the strings of a list."""
    found = list(_STRING.finditer(raw))
    if not found:
        return b"[", b", ", b"]"
    head, tail = raw[: found[0].start()], raw[found[-1].end() :]
    between = raw[found[0].end() : found[1].start()] if len(found) > 1 else b"," + (head[1:] or b" ")
    return head, between, tail
