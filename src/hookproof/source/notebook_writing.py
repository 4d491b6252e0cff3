"""Cells of a notebook put anew, every other byte of its JSON as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher
from itertools import pairwise

from msgspec import Struct

from hookproof.source.notebook import Cell, notebook

_TOKEN = re.compile(rb'\s*(?:"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+)', re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SPELLED_LINE = re.compile(rb"(?:[^\\]|\\[^n])*?(?:\\n|\Z)", re.DOTALL)
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


class _Strings(Struct):
    """The strings that a source is written as: their texts, the bytes that spell each, and those between."""

    texts: list[str]
    spelled: list[bytes]
    between: list[bytes]
    head: bytes
    tail: bytes
    is_ascii: bool


def _changed(raw: bytes, change: Callable[[str], str]) -> bytes:
    old = _of_list(raw) if raw.startswith(b"[") else _of_string(raw)
    new = change("".join(old.texts))
    kept = list(_kept(old, new))
    pieces = [old.head]
    for number, (spelled, index) in enumerate(kept):
        if number:
            pieces.append(_between(old, kept[number - 1][1], index))
        pieces.append(spelled)
    return b"".join((*pieces, old.tail))


def _of_list(raw: bytes) -> _Strings:
    found = list(_STRING.finditer(raw))
    between = [raw[one.end() : other.start()] for one, other in pairwise(found)]
    head, tail = (raw[: found[0].start()], raw[found[-1].end() :]) if found else (b"[", b"]")
    spelled = [match[0] for match in found]
    if not between:
        between = [b"," + (head[1:] or b" ")]
    return _Strings([json.loads(each) for each in spelled], spelled, between, head, tail, _is_ascii(raw))


def _of_string(raw: bytes) -> _Strings:
    """Return the lines of one string."""
    lines = [match[0] for match in _SPELLED_LINE.finditer(raw[1:-1]) if match[0]]
    texts = [json.loads(b'"' + line + b'"') for line in lines]
    return _Strings(texts, lines, [], b'"', b'"', _is_ascii(raw))


def _kept(old: _Strings, new: str) -> Iterator[tuple[bytes, int | None]]:
    """Yield how each string of the new text is spelled, with its number among the old ones if it was one."""
    first, start = 0, 0
    while first < len(old.texts) and new.startswith(old.texts[first], start):
        end = start + len(old.texts[first])
        if new[end - 1 : end] != "\n" and end < len(new):
            break  # the line goes on
        first, start = first + 1, end
    last, stop = len(old.texts), len(new)
    while last > first and new.endswith(old.texts[last - 1], start, stop):
        begin = stop - len(old.texts[last - 1])
        if begin > start and new[begin - 1] != "\n":
            break
        last, stop = last - 1, begin
    yield from ((old.spelled[index], index) for index in range(first))
    lines = re.findall(r"[^\n]*\n|[^\n]+", new[start:stop])
    matcher = SequenceMatcher(None, old.texts[first:last], lines, autojunk=False)
    for tag, old_start, _, new_start, new_stop in matcher.get_opcodes():
        for number in range(new_start, new_stop):
            if tag == "equal":
                index = first + old_start + number - new_start
                yield old.spelled[index], index
            else:
                yield _quoted(lines[number], old), None
    yield from ((old.spelled[index], index) for index in range(last, len(old.texts)))


def _between(old: _Strings, before: int | None, after: int | None) -> bytes:
    """Return what stands between two strings, as near as can be to what stood between old ones."""
    if not old.between:
        return b""
    index = before if before is not None else (after - 1 if after else 0)
    return old.between[min(index, len(old.between) - 1)]


def _quoted(line: str, old: _Strings) -> bytes:
    spelled = json.dumps(line, ensure_ascii=old.is_ascii).encode("utf-8", "surrogatepass")
    return spelled if old.head[:1] == b"[" else spelled[1:-1]


def _is_ascii(raw: bytes) -> bool:
    return raw.isascii() and b"\\u" in raw
